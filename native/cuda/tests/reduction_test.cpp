#include <bit>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

std::vector<double> random_doubles(std::size_t count, std::uint32_t seed) {
    const std::vector<float> values = random_values(count, seed);
    return {values.begin(), values.end()};
}

// A thread's column first, then the lanes pairwise.
double sum_in_order(const double *values) {
    double lanes[32];
    for (int lane = 0; lane < 32; lane++) {
        lanes[lane] = values[lane];
        for (int t = 32; t < 128; t += 32)
            lanes[lane] += values[lane + t];
    }
    for (int width = 16; width > 0; width /= 2)
        for (int lane = 0; lane < width; lane++)
            lanes[lane] += lanes[lane + width];
    return lanes[0];
}

TEST(BlockReduction, AddsInOneOrderForEveryThreadAgainAndAgain) {
    const std::vector<double> in = random_doubles(3 * 128, 1);
    const DeviceArray<double> input(in);
    const auto run = [&] {
        DeviceArray<double> output(128 * 3), again(128 * 3);
        launch("test_block_sums", {}, 128, input.constant(), output.global(), again.global());
        return std::pair(output.download(), again.download());
    };
    const auto [output, again] = run();
    for (std::size_t thread = 0; thread < 128; thread++)
        for (std::size_t i = 0; i < 3; i++) {
            EXPECT_EQ(output[thread * 3 + i], sum_in_order(in.data() + i * 128));
            EXPECT_EQ(again[thread * 3 + i], 2 * output[thread * 3 + i]);
        }
    const Reversed reversed;
    EXPECT_EQ(run(), std::pair(output, again));
}

TEST(Doubles, ShuffleExponentialAndLogarithm) {
    const std::vector<double> in = random_doubles(32, 2);
    const DeviceArray<double> input(in);
    DeviceArray<double> output(3 * 32);
    launch("test_doubles", {}, 32, input.constant(), output.global());
    const std::vector<double> out = output.download();
    for (std::size_t lane = 0; lane < 32; lane++) {
        EXPECT_EQ(out[lane], in[lane ^ 5]);
        EXPECT_NEAR(out[32 + lane], std::exp(in[lane]), std::exp(in[lane]) * 0x1p-51);
        EXPECT_NEAR(out[64 + lane], in[lane], 0x1p-50);
    }
}

TEST(Bits, AreCountedAndComeBack) {
    const std::vector<float> in = random_values(32, 3);
    const DeviceArray<float> input(in);
    DeviceArray<int> ones(32);
    DeviceArray<float> same(32);
    launch("test_bits", {}, 32, input.constant(), ones.global(), same.global());
    EXPECT_EQ(same.download(), in);
    const std::vector<int> counts = ones.download();
    for (std::size_t i = 0; i < 32; i++)
        EXPECT_EQ(counts[i], std::popcount(std::bit_cast<std::uint32_t>(in[i])));
}

} // namespace
} // namespace unimed
