#include <algorithm>
#include <cmath>
#include <span>

#include <gtest/gtest.h>

#include "tests/linear_case.h"

namespace unimed {
namespace {

std::size_t product(std::initializer_list<int> factors) {
    std::size_t result = 1;
    for (const int factor : factors)
        result *= static_cast<std::size_t>(factor);
    return result;
}

struct PatchCounts {
    unimed_counters counters{};
    unimed_traffic weights{}, pixels{};
};

template <class Element>
struct PatchCase {
    int images, patch, grid, channels;
    std::vector<float> pixels, bias, class_token, positions;
    std::vector<std::uint16_t> weight;

    PatchCase(int image_count, int patch_side, int grid_side, int width, std::uint32_t seed)
        : images(image_count), patch(patch_side), grid(grid_side), channels(width) {
        pixels = random_values(product({images, 3, side(), side()}), seed);
        weight = LinearCase<Element>::narrow_all(
            random_values(product({channels, columns()}), seed + 1, 1 / std::sqrt(static_cast<float>(columns()))));
        bias = random_values(product({channels}), seed + 2);
        class_token = random_values(product({channels}), seed + 3);
        positions = random_values(product({1 + patches(), channels}), seed + 4);
    }

    [[nodiscard]] int side() const { return grid * patch; }
    [[nodiscard]] int patches() const { return grid * grid; }
    [[nodiscard]] int columns() const { return 3 * patch * patch; }

    /// Column k of a patch, in the order of the convolution's weight.
    [[nodiscard]] float pixel(int image, int place, int k) const {
        const int channel = k / (patch * patch);
        const int y = place / grid * patch + k / patch % patch;
        const int x = place % grid * patch + k % patch;
        return pixels[product({image, 3, side(), side()}) + static_cast<std::size_t>((channel * side() + y) * side() + x)];
    }

    [[nodiscard]] PatchCase only(int image) const {
        PatchCase result = *this;
        result.images = 1;
        const auto length = static_cast<std::ptrdiff_t>(pixels.size()) / images;
        result.pixels.assign(pixels.begin() + image * length, pixels.begin() + (image + 1) * length);
        return result;
    }

    /// Runs the kernel; the pixels begin `shift` numbers into their allocation.
    [[nodiscard]] std::vector<float> run(int shift = 0, PatchCounts *counts = nullptr) const {
        std::vector<Words4> packed(unimed_fragment_bytes(channels, columns()) / sizeof(Words4));
        unimed_repack_linear(weight.data(), channels, columns(), packed.data());
        std::vector<float> shifted(static_cast<std::size_t>(shift), std::nanf(""));
        shifted.insert(shifted.end(), pixels.begin(), pixels.end());
        const RawMemory weights(packed.size() * sizeof(Words4)), image(shifted.size() * sizeof(float));
        require(unimed_host_copy_to_device(weights.get(), packed.data(), packed.size() * sizeof(Words4)));
        require(unimed_host_copy_to_device(image.get(), shifted.data(), shifted.size() * sizeof(float)));
        if (counts != nullptr) {
            require(unimed_host_watch(weights.get()));
            require(unimed_host_watch(image.get()));
            require(unimed_host_set_counting(1));
        }
        const DeviceArray<float> shift_by(bias), cls(class_token), place(positions);
        DeviceArray<float> output(product({images, 1 + patches(), channels}));
        launch(std::is_same_v<Element, Float16> ? "patch_embedding_f16" : "patch_embedding_bf16",
               {static_cast<std::uint32_t>((images * patches() + 31) / 32), static_cast<std::uint32_t>((channels + 63) / 64)}, 128,
               Global<const Words4>(weights.as<const Words4>()), shift_by.constant(), cls.constant(), place.constant(),
               Global<const float>(image.as<const float>() + shift), output.global(), images, channels, patch, grid);
        if (counts != nullptr) {
            require(unimed_host_counters(&counts->counters));
            require(unimed_host_traffic(weights.get(), &counts->weights));
            require(unimed_host_traffic(image.get(), &counts->pixels));
            require(unimed_host_set_counting(0));
        }
        return output.download();
    }

    /// The same by the linear family: gathered patches times the weight, positions as the residual.
    [[nodiscard]] LinearCase<Element> as_linear() const {
        LinearCase<Element> linear(images * patches(), columns(), channels, Epilogue::None, true, true, 0);
        linear.weight = weight;
        linear.bias = bias;
        for (int token = 0; token < linear.tokens; token++) {
            for (int k = 0; k < columns(); k++)
                linear.x[product({token, columns()}) + static_cast<std::size_t>(k)] = pixel(token / patches(), token % patches(), k);
            std::copy_n(positions.begin() + (1 + token % patches()) * channels, channels, linear.residual.begin() + token * channels);
        }
        return linear;
    }

    [[nodiscard]] std::span<const float> token(const std::vector<float> &output, int image, int row) const {
        return std::span(output).subspan(product({image * (1 + patches()) + row, channels}), static_cast<std::size_t>(channels));
    }
};

template <class Element>
void check(const PatchCase<Element> &c, const std::vector<float> &output) {
    const LinearCase<Element> linear = c.as_linear();
    for (int image = 0; image < c.images; image++)
        for (int channel = 0; channel < c.channels; channel++) {
            const auto at = static_cast<std::size_t>(channel);
            ASSERT_EQ(c.token(output, image, 0)[at], c.class_token[at] + c.positions[at]);
            for (int place = 0; place < c.patches(); place++) {
                const auto expected = linear.expected(image * c.patches() + place, channel);
                ASSERT_NEAR(c.token(output, image, 1 + place)[at], expected.value, expected.bound)
                    << "patch " << c.patch << ", grid " << c.grid << ", image " << image << ", place " << place << ", channel " << channel;
            }
        }
}

TEST(PatchEmbedding, IsTheConvolutionForEveryShape) {
    for (const auto &[images, patch, grid, channels] : {std::array{1, 1, 1, 1},
                                                        {2, 3, 5, 9},
                                                        {3, 14, 2, 33},
                                                        {1, 5, 4, 70},
                                                        {2, 2, 3, 16},
                                                        {1, 4, 7, 130},
                                                        {5, 6, 1, 20},
                                                        {1, 14, 12, 176},
                                                        {1, 16, 2, 24},
                                                        {70, 2, 1, 5}}) {
        const PatchCase<Float16> half(images, patch, grid, channels, 1);
        check(half, half.run());
        const PatchCase<BFloat16> brain(images, patch, grid, channels, 2);
        check(brain, brain.run());
    }
}

TEST(PatchEmbedding, PatchesLargerThanSharedMemoryTakeTurns) {
    for (const int patch : {15, 32}) {
        const PatchCase<Float16> c(1, patch, 2, 17, 3);
        check(c, c.run());
    }
}

TEST(PatchEmbedding, GivesTheBitsOfALinearLayerOfGatheredPatches) {
    for (const int patch : {5, 14, 22}) {
        const PatchCase<Float16> c(2, patch, 3, 40, 4);
        const std::vector<float> output = c.run(), linear = c.as_linear().run(NarrowKernels[2]);
        for (int token = 0; token < 2 * c.patches(); token++)
            EXPECT_TRUE(std::ranges::equal(c.token(output, token / c.patches(), 1 + token % c.patches()),
                                           std::span(linear).subspan(product({token, c.channels}), static_cast<std::size_t>(c.channels))));
    }
}

TEST(PatchEmbedding, AnImageGivesTheSameBitsAloneInABatchAndAtAnyAddress) {
    for (const int patch : {7, 14}) {
        const PatchCase<BFloat16> c(4, patch, 3, 34, 5);
        const std::vector<float> all = c.run();
        const WithThreads threads(3);
        const Reversed reversed;
        EXPECT_EQ(c.run(1), all);
        for (int image = 0; image < c.images; image++)
            EXPECT_TRUE(std::ranges::equal(c.only(image).run(),
                                           std::span(all).subspan(all.size() / 4 * static_cast<std::size_t>(image), all.size() / 4)));
    }
}

TEST(PatchEmbedding, ANaNStaysInItsPatchAndChannel) {
    PatchCase<Float16> c(2, 4, 3, 10, 6);
    const std::vector<float> clean = c.run();
    c.pixels[static_cast<std::size_t>((1 * 3 + 2) * 144 + 7 * 12 + 8)] = std::nanf("");
    c.weight[7 * 48 + 5] = 0x7E00;
    const std::vector<float> output = c.run();
    for (int image = 0; image < 2; image++)
        for (int row = 0; row < 10; row++)
            for (std::size_t channel = 0; channel < 10; channel++) {
                const float value = c.token(output, image, row)[channel];
                if (row > 0 && (channel == 7 || (image == 1 && row == 1 + 5)))
                    EXPECT_TRUE(std::isnan(value));
                else
                    EXPECT_EQ(value, c.token(clean, image, row)[channel]);
            }
}

TEST(PatchEmbedding, PixelsAndWeightsAreReadOnceForEachBlockInWholeSectors) {
    for (const int grid : {12, 16}) {
        const PatchCase<Float16> c(1, 14, grid, 96, 7);
        PatchCounts counts;
        (void)c.run(0, &counts);
        const auto rows = static_cast<std::uint32_t>((c.channels + 63) / 64);
        EXPECT_EQ(counts.pixels.least_reads, rows);
        EXPECT_EQ(counts.pixels.most_reads, rows);
        EXPECT_EQ(counts.pixels.sectors * 32, counts.pixels.bytes);
        const auto blocks = static_cast<std::uint32_t>((c.patches() + 31) / 32);
        EXPECT_EQ(counts.weights.least_reads, blocks);
        EXPECT_EQ(counts.weights.most_reads, blocks);
        EXPECT_EQ(counts.weights.sectors * 32, counts.weights.bytes);
        EXPECT_EQ(counts.counters.mma, blocks * 4u * 37u * 6u);
        EXPECT_EQ(counts.counters.shared_load_conflicts, 0u);
        EXPECT_EQ(counts.counters.shared_store_conflicts, 0u);
        EXPECT_EQ(counts.counters.global_store_bytes, product({1 + c.patches(), c.channels}) * 4);
        EXPECT_EQ(counts.counters.global_store_sectors * 32, counts.counters.global_store_bytes);
    }
}

} // namespace
} // namespace unimed
