// Weights into fragment order, on the card: what a copy has brought as rows (tile_rows.h) becomes what warps of the products read
// (fragment_order.h, quantized_order.h). No arithmetic: the bytes are those that packing on the host gives.
//
//   repack_halves   f16 and bf16; `units` is steps of 16 columns
//   repack_int8     `units` is blocks of 32 columns, two a stage
//   repack_int4     `units` is stages of 64 columns
//   all: threads 256, grid (tiles, ceil(units / 32)); arguments: rows [tiles], fragments [tiles], units
//
// Bytes: each read once and written once, as many in either order: 512 for each unit of a tile, and 64 of scales for each stage. Predicted,
// at the rate of a card's memory: 3.5 us for a piece of 8 MB on an H200, to which a PCIe 5.0 link brings it in 133 us.
// Trick: in every format 32 bytes of each row of a tile become a warp's 512 bytes, and a lane's 16 bytes are two words of row g and two of
// row g + 8, with g = lane / 4. So a lane loads what it stores: four lanes share a sector of a row (in one load of f16 and bf16; in two of
// int8 and int4, the second out of L1), eight warps read 256 neighbouring bytes of each row, a warp stores 512 neighbouring bytes, and
// nothing passes through shared memory, whose detour would save no sector.

#include "linear/tile_rows.h"
#include "primitives/dependency.h"
#include "primitives/kernel.h"
#include "primitives/threads.h"

namespace unimed::repacking {
namespace {

constexpr int Warps = 8;
/// Units of a warp, which are under way together.
constexpr int WarpUnits = 4;
constexpr int BlockUnits = Warps * WarpUnits;

struct Halves {
    /// Two words of a row's 32 bytes, for lane t of four: columns 4t .. 4t+3 of the step.
    UNIMED_DEVICE static Words2 load_row(Global<const Words4> unit, int t) { return load(as<Words2>(unit) + t); }

    UNIMED_DEVICE static Words4 fragment(const Words2 &upper, const Words2 &lower) {
        return {{upper.word[0], lower.word[0], upper.word[1], lower.word[1]}};
    }
};

/// Word t of either half of a row's 32 bytes: columns 4t .. 4t+3 of the first and of the second step, or of both of either block.
UNIMED_DEVICE Words2 load_halves(Global<const Words4> unit, int t) {
    const Global<const std::uint32_t> words = as<std::uint32_t>(unit);
    return {{load(words + t), load(words + 4 + t)}};
}

struct Int8 {
    using Weights = Int8Weights;

    UNIMED_DEVICE static Words2 load_row(Global<const Words4> unit, int t) { return load_halves(unit, t); }

    UNIMED_DEVICE static Words4 fragment(const Words2 &upper, const Words2 &lower) {
        Words4 words{};
        UNIMED_UNROLL
        for (int s = 0; s < BlockSteps; s++) {
            // From -128 .. 127 to value + 128.
            const std::uint32_t of_upper = upper.word[s] ^ 0x80808080u, of_lower = lower.word[s] ^ 0x80808080u;
            words.word[2 * s] = (of_upper & 0xFFFFu) | of_lower << 16;
            words.word[2 * s + 1] = of_upper >> 16 | (of_lower & 0xFFFF0000u);
        }
        return words;
    }
};

struct Int4 {
    using Weights = Int4Weights;

    UNIMED_DEVICE static Words2 load_row(Global<const Words4> unit, int t) { return load_halves(unit, t); }

    UNIMED_DEVICE static Words4 fragment(const Words2 &upper, const Words2 &lower) {
        Words4 words{};
        UNIMED_UNROLL
        for (int block = 0; block < StageBlocks; block++) {
            UNIMED_UNROLL
            for (int s = 0; s < BlockSteps; s++) {
                // A row's low half bytes are the block's first step, its high ones the second.
                const std::uint32_t both = (upper.word[block] >> 4 * s & 0x0F0F0F0Fu) | (lower.word[block] >> 4 * s & 0x0F0F0F0Fu) << 4;
                // Columns 0 and 2 of four are the low halves of registers, 1 and 3 the high ones.
                words.word[block * BlockSteps + s] = (both & 0xFF0000FFu) | (both & 0xFF00u) << 8 | (both >> 8 & 0xFF00u);
            }
        }
        return words;
    }
};

/// The block's units of a tile's values.
template <class Unit>
UNIMED_DEVICE void repack_units(Global<const Words4> rows, Global<Words4> fragments, int units) {
    const int lane = lane_index();
    const int first = block_y() * BlockUnits + warp_index();
    const Global<const Words4> upper_row = rows + static_cast<std::ptrdiff_t>(lane / 4) * units * UnitPieces;
    const Global<const Words4> lower_row = upper_row + static_cast<std::ptrdiff_t>(TileRows / 2) * units * UnitPieces;
    Words2 upper[WarpUnits], lower[WarpUnits];
    UNIMED_UNROLL
    for (int i = 0; i < WarpUnits; i++) {
        const int unit = first + i * Warps;
        if (unit < units) {
            upper[i] = Unit::load_row(upper_row + unit * UnitPieces, lane % 4);
            lower[i] = Unit::load_row(lower_row + unit * UnitPieces, lane % 4);
        }
    }
    UNIMED_UNROLL
    for (int i = 0; i < WarpUnits; i++) {
        const int unit = first + i * Warps;
        if (unit < units)
            store(fragments + static_cast<std::ptrdiff_t>(unit) * 32 + lane, Unit::fragment(upper[i], lower[i]));
    }
}

/// Values and scales of the block's units. A thread takes the scales of a stage and of rows g and g + 8.
template <class Unit>
UNIMED_DEVICE void repack_quantized(Global<const Words4> rows, Global<Words4> fragments, int units) {
    using Weights = typename Unit::Weights;
    const int stages = units / StageUnits<Weights>;
    const std::ptrdiff_t tile = block_x() * tile_words<Weights>(stages);
    let_next_kernel_start();
    wait_for_previous_kernels();
    repack_units<Unit>(rows + tile, fragments + tile, units);

    const std::ptrdiff_t values = static_cast<std::ptrdiff_t>(units) * 32;
    const Global<const std::uint32_t> from = as<std::uint32_t>(rows + (tile + values));
    const Global<Words2> to = as<Words2>(fragments + (tile + values));
    constexpr int BlockStages = BlockUnits / StageUnits<Weights>;
    static_assert(BlockStages * 8 <= Warps * 32);
    const int stage = block_y() * BlockStages + thread_index() / 8;
    const int g = thread_index() % 8;
    if (thread_index() < BlockStages * 8 && stage < stages)
        store(to + (static_cast<std::ptrdiff_t>(stage) * 8 + g),
              Words2{{load(from + (static_cast<std::ptrdiff_t>(g) * stages + stage)),
                      load(from + (static_cast<std::ptrdiff_t>(g + TileRows / 2) * stages + stage))}});
}

} // namespace

UNIMED_KERNEL(repack_halves, 256, (Global<const Words4> rows, Global<Words4> fragments, int units)) {
    const std::ptrdiff_t tile = static_cast<std::ptrdiff_t>(block_x()) * units * 32;
    let_next_kernel_start();
    wait_for_previous_kernels();
    repack_units<Halves>(rows + tile, fragments + tile, units);
}

UNIMED_KERNEL(repack_int8, 256, (Global<const Words4> rows, Global<Words4> fragments, int units)) {
    repack_quantized<Int8>(rows, fragments, units);
}

UNIMED_KERNEL(repack_int4, 256, (Global<const Words4> rows, Global<Words4> fragments, int units)) {
    repack_quantized<Int4>(rows, fragments, units);
}

} // namespace unimed::repacking
