#include "linear/repack.h"

#include "linear/fragment_order.h"
#include "primitives/words.h"

namespace unimed {
namespace {

// row(tile, row of the tile) is the first column of that row, or null for zeros.
template <class Row>
void repack(int tiles, int in, Row row, void *packed) {
    auto *fragments = static_cast<Words4 *>(packed);
    const int steps = step_count(in);
    for (int tile = 0; tile < tiles; tile++)
        for (int step = 0; step < steps; step++)
            for (int lane = 0; lane < 32; lane++) {
                Words4 words{};
                for (std::uint32_t reg = 0; reg < 4; reg++)
                    for (std::uint32_t half = 0; half < 2; half++) {
                        const MatrixPosition at = mma_a_position(static_cast<std::uint32_t>(lane), reg, half);
                        const int column = step * StepColumns + static_cast<int>(step_column(at.column));
                        const std::uint16_t *source = row(tile, static_cast<int>(at.row));
                        const std::uint32_t element = source != nullptr && column < in ? source[column] : 0u;
                        words.word[reg] |= element << (16 * half);
                    }
                fragments[fragment_index(tile, step, steps, lane)] = words;
            }
}

} // namespace
} // namespace unimed

using namespace unimed;

extern "C" {

std::uint64_t unimed_fragment_bytes(std::int32_t out, std::int32_t in) {
    if (out <= 0 || in <= 0 || out > INT32_MAX - TileRows || in > INT32_MAX - StepColumns)
        return 0;
    return static_cast<std::uint64_t>(tile_count(out)) * static_cast<std::uint64_t>(step_count(in)) * 32 * sizeof(Words4);
}

void unimed_repack_linear(const std::uint16_t *weight, std::int32_t out, std::int32_t in, void *packed) {
    repack(
        tile_count(out), in,
        [=](int tile, int row) -> const std::uint16_t * {
            const std::int64_t at = static_cast<std::int64_t>(tile) * TileRows + row;
            return at < out ? weight + at * in : nullptr;
        },
        packed);
}

void unimed_repack_gated(const std::uint16_t *gate, const std::uint16_t *up, std::int32_t intermediate, std::int32_t in, void *packed) {
    repack((intermediate + 7) / 8, in,
           [=](int tile, int row) -> const std::uint16_t * {
               const std::int64_t at = static_cast<std::int64_t>(tile) * 8 + row % 8;
               return at < intermediate ? (row < 8 ? gate : up) + at * in : nullptr;
           },
           packed);
}
}
