#include <vector>

#include <gtest/gtest.h>

#include "linear/fragment_order.h"
#include "linear/repack.h"
#include "primitives/words.h"

namespace unimed {
namespace {

// Where the picture in fragment_order.h puts an element of a tile's row and a column, written a second time.
struct Place {
    std::size_t words;
    std::size_t reg;
    std::size_t half;
};

Place place_of(std::size_t tile, std::size_t tile_row, std::size_t column, std::size_t steps) {
    const std::size_t g = tile_row % 8, t = column % 16 / 4;
    return {(tile * steps + column / 16) * 32 + g * 4 + t, tile_row / 8 + 2 * (column % 4 / 2), column % 2};
}

std::uint16_t take(const std::vector<Words4> &packed, Place place) {
    return static_cast<std::uint16_t>(packed[place.words].word[place.reg] >> (16 * place.half));
}

std::vector<std::uint16_t> numbered(std::size_t count, std::uint16_t first) {
    std::vector<std::uint16_t> values(count);
    for (std::size_t i = 0; i < count; i++)
        values[i] = static_cast<std::uint16_t>(first + i);
    return values;
}

TEST(Repack, EveryElementIsInItsPlaceAndTheRestIsZero) {
    for (const std::size_t out : {1u, 16u, 17u, 37u})
        for (const std::size_t in : {1u, 16u, 30u, 67u}) {
            const std::vector<std::uint16_t> weight = numbered(out * in, 1);
            const std::size_t tiles = (out + 15) / 16, steps = (in + 15) / 16;
            ASSERT_EQ(unimed_fragment_bytes(static_cast<int>(out), static_cast<int>(in)), tiles * steps * 512);
            std::vector<Words4> packed(tiles * steps * 32);
            unimed_repack_linear(weight.data(), static_cast<int>(out), static_cast<int>(in), packed.data());
            for (std::size_t row = 0; row < tiles * 16; row++)
                for (std::size_t column = 0; column < steps * 16; column++)
                    ASSERT_EQ(take(packed, place_of(row / 16, row % 16, column, steps)),
                              row < out && column < in ? weight[row * in + column] : 0);
        }
}

TEST(Repack, GateAndUpShareTiles) {
    for (const std::size_t out : {8u, 13u}) {
        const std::size_t in = 30, tiles = (out + 7) / 8, steps = 2;
        const std::vector<std::uint16_t> gate = numbered(out * in, 1), up = numbered(out * in, 10000);
        std::vector<Words4> packed(tiles * steps * 32);
        unimed_repack_gated(gate.data(), up.data(), static_cast<int>(out), static_cast<int>(in), packed.data());
        for (std::size_t row = 0; row < tiles * 8; row++)
            for (std::size_t column = 0; column < steps * 16; column++) {
                const bool inside = row < out && column < in;
                ASSERT_EQ(take(packed, place_of(row / 8, row % 8, column, steps)), inside ? gate[row * in + column] : 0);
                ASSERT_EQ(take(packed, place_of(row / 8, row % 8 + 8, column, steps)), inside ? up[row * in + column] : 0);
            }
    }
}

TEST(Repack, SizesThatAreNoneHaveNoBytes) {
    EXPECT_EQ(unimed_fragment_bytes(0, 16), 0u);
    EXPECT_EQ(unimed_fragment_bytes(16, -1), 0u);
    EXPECT_EQ(unimed_fragment_bytes(INT32_MAX, INT32_MAX), 0u);
    EXPECT_EQ(unimed_fragment_bytes(45056, 5632), 45056ull * 5632 * 2);
}

TEST(SliceSteps, CoverEveryStepInWholeStages) {
    for (int in = 1; in < 12000; in += 7) {
        EXPECT_EQ(slice_steps(in) % StageSteps, 0);
        EXPECT_GE(slice_steps(in) * Slices, step_count(in));
        EXPECT_LT((slice_steps(in) - StageSteps) * Slices, step_count(in));
    }
}

} // namespace
} // namespace unimed
