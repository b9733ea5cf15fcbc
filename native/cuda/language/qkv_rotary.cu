// Rotary embedding of queries and keys, and the write of keys and values to the paged cache.
//
//   projected [rows, (heads + 2 kv_heads) * head_dim] fp32, the product of the input with q_proj, k_proj and v_proj stacked in this order
//   (linear/, one weight matrix) -> query [rows, heads * head_dim] fp32, rotated; keys, rotated, and values in the cache (cache.h), f16.
//   Row r of sequence s (row_offsets[s] <= r < row_offsets[s + 1]) is at position start_positions[s] + r - row_offsets[s]. Channel i of a
//   head pairs with channel i + head_dim / 2: x_i cos_i - x_(i + half) sin_i, x_(i + half) cos_i + x_i sin_i; cos and sin are tables
//   [positions, head_dim / 2] fp32. head_dim is even.
//
//   kernel       threads   grid (x, y)
//   qkv_rotary   128       (rows, ceil((heads + kv_heads) * ceil(head_dim / 8) / 128) + ceil(kv_heads * head_dim / 128))
//                          rows may be more than row_offsets[sequences]; what is past it is nobody's and left alone
//   arguments: projected, cos, sin, row_offsets [sequences + 1], start_positions [sequences], block_tables [sequences,
//   blocks_per_sequence], query, cache (the layer's first block), sequences, blocks_per_sequence, heads, kv_heads, head_dim, block_size
//
// Work: 3 FLOPs a channel. Bytes: each number read once and written once, 48 + 32 KiB a row at 32 heads of 128; for one row the launch
// costs more than the bytes.
// Tricks: a thread rotates four channels and their partners. Values change from rows to columns on the way into the cache: the first row
// of a sequence's part in 16 slots brings all of them, a thread two channels of eight positions, so that whole prompts are written in
// pieces of 16 bytes, and a decode step's single positions in pieces of 2, of sectors that attention is about to read anyway.
//
// Why not in the product's epilogue: linear/ ends in write_output, which is not open to other kernels, and this way one kernel serves every
// format of weights that linear/ has or gets. The price is a launch and 96 KiB of L2 traffic a row and layer.
//
// Error: rotation in fp32, each product rounded; keys and values rounded to f16: beyond 65504 infinite, below 2^-14 multiples of 2^-24.

#include "language/cache.h"
#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/row.h"
#include "primitives/shared.h"
#include "primitives/threads.h"

namespace unimed::language {
namespace {

constexpr int RotaryThreads = 128;
// Slots that one row brings the values of, two pieces.
constexpr int RegionSlots = 2 * PieceSlots;

struct Row {
    int row;
    int position;
    // Rows of the sequence from this one on, itself included.
    int rows_left;
    bool is_first;
    CacheShape shape;
    Global<Float16> block;
    int slot;
};

UNIMED_DEVICE Float16 narrow(float value) {
    return {static_cast<std::uint16_t>(pack_pair<Float16>(value, 0.0f) & 0xFFFFu)};
}

UNIMED_DEVICE void store_four_halves(Global<Float16> row, int first, int columns, bool aligned, const Floats4 &four) {
    if (aligned) {
        if (first < columns)
            store(as<Words2>(row + first),
                  Words2{{pack_pair<Float16>(four.value[0], four.value[1]), pack_pair<Float16>(four.value[2], four.value[3])}});
    } else {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            if (first + j < columns)
                store(row + first + j, narrow(four.value[j]));
    }
}

// Four channels of the lower half of one head, a query's or a key's, and their partners.
UNIMED_DEVICE void rotate(const Row &r, Global<const float> projected, Global<const float> cos, Global<const float> sin,
                          Global<float> query, int heads, int head, int channel) {
    const int head_dim = r.shape.head_dim;
    const int half = head_dim / 2;
    const bool fours = half % 4 == 0;
    const bool aligned = fours && is_aligned(projected, 16);
    const bool tables_aligned = fours && is_aligned(cos, 16) && is_aligned(sin, 16);
    const Global<const float> x = projected + head * head_dim;
    const Floats4 lower = load_four(x, channel, half, aligned);
    const Floats4 upper = load_four(x + half, channel, half, aligned);
    const std::ptrdiff_t angle = static_cast<std::ptrdiff_t>(r.position) * half;
    const Floats4 c = load_four(cos + angle, channel, half, tables_aligned);
    const Floats4 s = load_four(sin + angle, channel, half, tables_aligned);
    Floats4 low, high;
    UNIMED_UNROLL
    for (int j = 0; j < 4; j++) {
        low.value[j] = lower.value[j] * c.value[j] - upper.value[j] * s.value[j];
        high.value[j] = upper.value[j] * c.value[j] + lower.value[j] * s.value[j];
    }
    if (head < heads) {
        const Global<float> to = query + (static_cast<std::ptrdiff_t>(r.row) * heads + head) * head_dim;
        const bool query_aligned = fours && is_aligned(query, 16);
        store_four(to, channel, half, query_aligned, low);
        store_four(to + half, channel, half, query_aligned, high);
        return;
    }
    const Global<Float16> to = r.block + ((head - heads) * r.shape.head_elements() + r.slot * r.shape.channels());
    store_four_halves(to, channel, half, fours, low);
    store_four_halves(to + half, channel, half, fours, high);
    if (channel == 0)
        for (int filling = head_dim; filling < r.shape.channels(); filling++)
            store(to + filling, Float16{0});
}

// Two neighbouring channels of the values at those of 8 slots that this row brings.
UNIMED_DEVICE void write_values(const Row &r, Global<const float> projected, std::ptrdiff_t stride, int channel, int piece) {
    if (!r.is_first && r.slot % RegionSlots != 0)
        return;
    const int first_slot = r.slot / RegionSlots * RegionSlots + piece * PieceSlots;
    const int room =
        r.shape.block_size - r.slot < RegionSlots - r.slot % RegionSlots ? r.shape.block_size - r.slot : RegionSlots - r.slot % RegionSlots;
    const int end = r.slot + (r.rows_left < room ? r.rows_left : room);
    const bool pairs = is_aligned(projected, 8);
    Floats2 value[PieceSlots];
    UNIMED_UNROLL
    for (int i = 0; i < PieceSlots; i++) {
        value[i] = Floats2{};
        if (first_slot + i >= r.slot && first_slot + i < end) {
            const Global<const float> from = projected + ((first_slot + i - r.slot) * stride + channel);
            if (pairs)
                value[i] = load(as<Floats2>(from));
            else
                value[i] = Floats2{{load(from), load(from + 1)}};
        }
    }
    const int kv_head = channel / r.shape.head_dim;
    UNIMED_UNROLL
    for (int c = 0; c < 2; c++) {
        const Global<Float16> to = r.block + (r.shape.values_offset() + kv_head * r.shape.head_elements() +
                                              (channel % r.shape.head_dim + c) * r.shape.slots() + first_slot);
        if (first_slot >= r.slot && first_slot + PieceSlots <= end) {
            Words4 eight;
            UNIMED_UNROLL
            for (int w = 0; w < 4; w++)
                eight.word[w] = pack_pair<Float16>(value[2 * w].value[c], value[2 * w + 1].value[c]);
            store(as<Words4>(to), eight);
        } else {
            UNIMED_UNROLL
            for (int i = 0; i < PieceSlots; i++)
                if (first_slot + i >= r.slot && first_slot + i < end)
                    store(to + i, narrow(value[i].value[c]));
        }
    }
}

} // namespace

UNIMED_KERNEL(qkv_rotary, 128,
              (Global<const float> projected, Global<const float> cos, Global<const float> sin, Global<const int> row_offsets,
               Global<const int> start_positions, Global<const int> block_tables, Global<float> query, Global<Float16> cache, int sequences,
               int blocks_per_sequence, int heads, int kv_heads, int head_dim, int block_size)) {
    UNIMED_SHARED(found, int, 1);
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int row = block_x();
    if (row >= load(row_offsets + sequences))
        return;
    for (int s = thread_index(); s < sequences; s += RotaryThreads)
        if (load(row_offsets + s) <= row && row < load(row_offsets + s + 1))
            store(found, s);
    block_barrier();
    const int sequence = load(found);
    const int first_row = load(row_offsets + sequence);
    const int position = load(start_positions + sequence) + row - first_row;
    const CacheShape shape{kv_heads, head_dim, block_size};
    const int block = load(block_tables + (static_cast<std::ptrdiff_t>(sequence) * blocks_per_sequence + position / block_size));
    const Row r{row,
                position,
                load(row_offsets + sequence + 1) - row,
                row == first_row,
                shape,
                cache + block * shape.block_elements(),
                position % block_size};

    const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(heads + 2 * kv_heads) * head_dim;
    const Global<const float> mine = projected + row * stride;
    const int fours = (head_dim + 7) / 8;
    const int rotations = (heads + kv_heads) * fours;
    const int rotation_blocks = (rotations + RotaryThreads - 1) / RotaryThreads;
    if (block_y() < rotation_blocks) {
        const int i = block_y() * RotaryThreads + thread_index();
        if (i < rotations)
            rotate(r, mine, cos, sin, query, heads, i / fours, i % fours * 4);
    } else {
        const int i = (block_y() - rotation_blocks) * RotaryThreads + thread_index();
        if (i < kv_heads * head_dim)
            write_values(r, mine + (heads + kv_heads) * head_dim, stride, i / 2 * 2, i % 2);
    }
}

} // namespace unimed::language
