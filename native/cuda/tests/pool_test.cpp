#include <algorithm>
#include <cmath>
#include <span>

#include <gtest/gtest.h>

#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

struct Pooling {
    int images, grid, channels;
    std::vector<float> input;

    Pooling(int image_count, int side, int width, std::uint32_t seed)
        : images(image_count), grid(side), channels(width),
          input(random_values(static_cast<std::size_t>(image_count * side * side * width), seed)) {}

    [[nodiscard]] int half() const { return grid / 2; }
    [[nodiscard]] std::size_t outputs() const { return static_cast<std::size_t>(images * half() * half() * channels); }
    [[nodiscard]] float at(int image, int y, int x, int channel) const {
        return input[static_cast<std::size_t>(((image * grid + y) * grid + x) * channels + channel)];
    }

    /// Kind 0 is the mean, 1 the maximum; the input begins `shift` numbers into its allocation.
    [[nodiscard]] std::vector<float> run(int kind, std::size_t shift = 0) const {
        std::vector<float> shifted(shift, std::nanf(""));
        shifted.insert(shifted.end(), input.begin(), input.end());
        const DeviceArray<float> from(shifted);
        DeviceArray<float> to(outputs());
        launch("pool_2x2", {static_cast<std::uint32_t>(images * half() * half())}, 256,
               from.constant() + static_cast<std::ptrdiff_t>(shift), to.global(), grid, channels, kind);
        return to.download();
    }
};

TEST(Pool, IsTheMeanOrTheMaximumOfEveryWindow) {
    for (const auto &[images, grid, channels] : {std::array{1, 2, 1}, {3, 4, 7}, {2, 5, 33}, {1, 12, 176}, {2, 3, 1408}, {1, 7, 1030}}) {
        const Pooling pooling(images, grid, channels, 1);
        const std::vector<float> mean = pooling.run(0), largest = pooling.run(1);
        std::size_t i = 0;
        for (int image = 0; image < images; image++)
            for (int y = 0; y + 1 < grid; y += 2)
                for (int x = 0; x + 1 < grid; x += 2)
                    for (int c = 0; c < channels; c++, i++) {
                        const float window[4] = {pooling.at(image, y, x, c), pooling.at(image, y, x + 1, c), pooling.at(image, y + 1, x, c),
                                                 pooling.at(image, y + 1, x + 1, c)};
                        double sum = 0, size = 0;
                        for (const float value : window) {
                            sum += static_cast<double>(value);
                            size += std::abs(static_cast<double>(value));
                        }
                        ASSERT_NEAR(mean[i], sum / 4, size * 0x1p-24);
                        ASSERT_EQ(largest[i], *std::max_element(window, window + 4));
                    }
        ASSERT_EQ(i, pooling.outputs());
    }
}

TEST(Pool, ANaNTakesItsWindowAndChannelOnly) {
    Pooling pooling(1, 4, 5, 2);
    pooling.input[(1 * 4 + 2) * 5 + 3] = std::nanf("");
    for (const int kind : {0, 1}) {
        const std::vector<float> pooled = pooling.run(kind);
        for (std::size_t i = 0; i < pooled.size(); i++)
            EXPECT_EQ(std::isnan(pooled[i]), i == 1 * 5 + 3);
    }
}

TEST(Pool, MaximaOfInfinitiesAreExact) {
    Pooling pooling(1, 2, 2, 3);
    pooling.input = {-HUGE_VALF, HUGE_VALF, -HUGE_VALF, 1, -3, 2, -HUGE_VALF, -HUGE_VALF};
    EXPECT_EQ(pooling.run(1), (std::vector<float>{-3, HUGE_VALF}));
}

TEST(Pool, AnImageGivesTheSameBitsAloneAndInABatchAtAnyAddress) {
    const Pooling batch(3, 5, 12, 4);
    const std::size_t size = batch.input.size() / 3, pooled = batch.outputs() / 3;
    for (const int kind : {0, 1}) {
        const std::vector<float> all = batch.run(kind);
        const WithThreads threads(3);
        const Reversed reversed;
        EXPECT_EQ(batch.run(kind, 1), all);
        for (std::size_t image = 0; image < 3; image++) {
            Pooling alone = batch;
            alone.images = 1;
            alone.input.assign(batch.input.begin() + static_cast<std::ptrdiff_t>(image * size),
                               batch.input.begin() + static_cast<std::ptrdiff_t>((image + 1) * size));
            EXPECT_TRUE(std::ranges::equal(alone.run(kind), std::span(all).subspan(image * pooled, pooled)));
        }
    }
}

TEST(Pool, ReadsEveryInputAndWritesEveryOutputOnceInWholeSectors) {
    const Pooling pooling(2, 4, 1408, 5);
    const Counting counting;
    (void)pooling.run(0);
    const unimed_counters c = counting.counters();
    EXPECT_EQ(c.global_load_bytes, pooling.input.size() * 4);
    EXPECT_EQ(c.global_load_sectors * 32, c.global_load_bytes);
    EXPECT_EQ(c.global_store_bytes, pooling.outputs() * 4);
    EXPECT_EQ(c.global_store_sectors * 32, c.global_store_bytes);
}

} // namespace
} // namespace unimed
