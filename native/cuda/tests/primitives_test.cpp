#include <algorithm>
#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "primitives/arithmetic.h"
#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "primitives/words.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

TEST(Warp, ShufflesSumsAndVotes) {
    const std::vector<float> in = random_values(32, 1);
    const DeviceArray<float> input(in);
    DeviceArray<float> output(6 * 32);
    launch("test_warp", {}, 32, input.constant(), output.global());
    const std::vector<float> out = output.download();

    // Pairs 16 apart first, then 8, 4, 2, 1.
    std::vector<float> sums = in;
    for (std::size_t width = 16; width > 0; width /= 2)
        for (std::size_t i = 0; i < width; i++)
            sums[i] += sums[i + width];
    for (std::size_t lane = 0; lane < 32; lane++) {
        EXPECT_EQ(out[lane], in[lane ^ 5]);
        EXPECT_EQ(out[32 + lane], in[lane + 3 < 32 ? lane + 3 : lane]);
        EXPECT_EQ(out[64 + lane], in[(lane * 7 + 2) % 32]);
        EXPECT_EQ(out[96 + lane], sums[0]);
        EXPECT_EQ(out[128 + lane], *std::max_element(in.begin(), in.end()));
        EXPECT_EQ(out[160 + lane], in[lane] > 0 ? 1.0f : 0.0f);
    }
}

TEST(Warp, AllAndAny) {
    const auto votes = [](std::vector<float> in) {
        const DeviceArray<float> input(in);
        DeviceArray<int> output(2);
        launch("test_votes", {}, 32, input.constant(), output.global());
        return output.download();
    };
    EXPECT_EQ(votes(std::vector<float>(32, 1.0f)), (std::vector<int>{1, 1}));
    EXPECT_EQ(votes(std::vector<float>(32, -1.0f)), (std::vector<int>{0, 0}));
    std::vector<float> one(32, -1.0f);
    one[31] = 1.0f;
    EXPECT_EQ(votes(one), (std::vector<int>{0, 1}));
}

TEST(Threads, KnowTheirPlaces) {
    DeviceArray<int> output(3 * 2 * 96 * 7);
    launch("test_places", {3, 2}, 96, output.global());
    const std::vector<int> out = output.download();
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 3; x++)
            for (int thread = 0; thread < 96; thread++) {
                const auto begin = out.begin() + ((y * 3 + x) * 96 + thread) * 7;
                EXPECT_EQ((std::vector<int>(begin, begin + 7)), (std::vector<int>{x, y, 3, thread, 96, thread / 32, thread % 32}));
            }
}

std::vector<Words4> counted_words(std::size_t count) {
    std::vector<Words4> words(count);
    for (std::uint32_t i = 0; i < count; i++)
        words[i] = {{i * 4 + 1, i * 4 + 2, i * 4 + 3, i * 4 + 4}};
    return words;
}

std::vector<Words4> copy_with(int waits, int cut) {
    const DeviceArray<Words4> input(counted_words(64));
    DeviceArray<Words4> output(64);
    launch("test_async_copy", {}, 32, input.constant(), output.global(), waits, cut);
    return output.download();
}

TEST(AsyncCopy, ArrivesAtItsWaitAndNotBefore) {
    const std::vector<Words4> in = counted_words(64);
    for (int waits = 0; waits <= 2; waits++) {
        const std::vector<Words4> out = copy_with(waits, 0);
        for (std::size_t i = 0; i < 64; i++)
            for (std::size_t word = 0; word < 4; word++) {
                const bool arrived = i < 32 ? waits >= 1 : waits >= 2;
                EXPECT_EQ(out[i].word[word], arrived ? in[i].word[word] : 0xFFFFFFFFu) << "waits " << waits << ", piece " << i;
            }
    }
}

TEST(AsyncCopy, FillsWhatIsNotReadWithZeros) {
    const std::vector<Words4> in = counted_words(64);
    for (const int cut : {4, 8, 16}) {
        const std::vector<Words4> out = copy_with(2, cut);
        for (std::size_t i = 0; i < 64; i++)
            for (std::size_t word = 0; word < 4; word++)
                EXPECT_EQ(out[i].word[word], word * 4 + 4 <= 16 - static_cast<std::size_t>(cut) ? in[i].word[word] : 0u);
    }
}

TEST(SharedMemory, StartsPoisonedAndPiecesDoNotOverlap) {
    DeviceArray<float> output(128);
    const void *kernel = nullptr;
    require(unimed_host_find_kernel("test_poison", &kernel));
    Global<float> out = output.global();
    void *arguments[] = {&out};
    require(unimed_host_launch(kernel, 1, 1, 1, 32, 1, 1, 32 * sizeof(float), 0, arguments));
    const std::vector<float> values = output.download();
    for (std::size_t i = 0; i < 96; i++)
        EXPECT_TRUE(std::isnan(values[i])) << i;
    for (std::size_t i = 96; i < 128; i++)
        EXPECT_EQ(values[i], 1.0f);
}

TEST(HalfPairs, RoundAndWidenAsTheConversionsDo) {
    std::vector<float> in = random_values(64, 2, 3.0f);
    in[0] = 65520.0f;
    in[1] = -0.0f;
    in[2] = 5.9604645e-8f;
    in[3] = HUGE_VALF;
    in[4] = 1.0f + 0x1p-11f;
    in[5] = 1.0f + 0x1p-8f;
    std::vector<Floats2> pairs(32);
    for (std::size_t i = 0; i < 32; i++)
        pairs[i] = {{in[2 * i], in[2 * i + 1]}};
    const DeviceArray<Floats2> input(pairs);
    DeviceArray<Words2> packed(32);
    DeviceArray<Floats4> widened(32);
    launch("test_half_pairs", {}, 32, input.constant(), packed.global(), widened.global());
    const std::vector<Words2> words = packed.download();
    const std::vector<Floats4> wide = widened.download();
    for (std::size_t i = 0; i < 32; i++)
        for (std::size_t half = 0; half < 2; half++) {
            const float value = in[2 * i + half];
            EXPECT_EQ(words[i].word[0] >> (16 * half) & 0xFFFF, to_float16(value).bits);
            EXPECT_EQ(words[i].word[1] >> (16 * half) & 0xFFFF, to_bfloat16(value).bits);
            EXPECT_EQ(wide[i].value[half], to_float(to_float16(value)));
            EXPECT_EQ(wide[i].value[2 + half], to_float(to_bfloat16(value)));
        }
}

TEST(Arithmetic, StaysWithinItsStatedError) {
    for (const float x : random_values(2000, 3, 4.0f)) {
        const double wide = static_cast<double>(x);
        EXPECT_NEAR(exponential2_fast(x), std::exp2(wide), std::exp2(wide) * 0x1p-22);
        EXPECT_NEAR(exponential(x), std::exp(wide), std::exp(wide) * 0x1p-22);
        EXPECT_NEAR(gelu(x), 0.5 * wide * (1 + std::erf(wide * std::sqrt(0.5))), 0x1p-22 * std::max(1.0, std::abs(wide)));
        EXPECT_NEAR(silu(x), wide / (1 + std::exp(-wide)), 0x1p-21 * std::abs(wide));
        EXPECT_EQ(inverse_square_root(x * x + 1.0f), 1.0f / std::sqrt(x * x + 1.0f));
    }
    EXPECT_EQ(exponential2_fast(-200.0f), 0.0f);
    EXPECT_EQ(exponential2_fast(-HUGE_VALF), 0.0f);
    EXPECT_EQ(silu(-1000.0f), 0.0f);
    EXPECT_EQ(gelu(0.0f), 0.0f);
    EXPECT_EQ(multiply_add(1.0f + 0x1p-23f, 1.0f + 0x1p-23f, -1.0f), 0x1p-22f + 0x1p-46f);
}

TEST(SmallIntegers, EveryByteInEveryPlace) {
    std::vector<std::uint32_t> bytes;
    for (std::uint32_t i = 0; i < 256; i++)
        bytes.push_back(i | ((i + 1) & 0xFF) << 8 | ((i + 77) & 0xFF) << 16 | (255 - i) << 24);
    const DeviceArray<std::uint32_t> input(bytes);
    DeviceArray<Words2> output(256);
    launch("test_bytes_to_halves", {}, 256, input.constant(), output.global());
    const std::vector<Words2> halves = output.download();
    for (std::uint32_t i = 0; i < 256; i++)
        for (std::uint32_t j = 0; j < 4; j++) {
            const Float16 half{static_cast<std::uint16_t>(halves[i].word[j / 2] >> (16 * (j % 2)))};
            EXPECT_EQ(to_float(half), static_cast<float>(bytes[i] >> (8 * j) & 0xFF) - 128);
        }
}

TEST(SmallIntegers, EveryHalfByteInEveryPlace) {
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 0; i < 256; i++)
        words.push_back(i * 0x01234567u + (i % 16) * 0x11111111u);
    const DeviceArray<std::uint32_t> input(words);
    DeviceArray<Words4> output(256);
    launch("test_half_bytes_to_halves", {}, 256, input.constant(), output.global());
    const std::vector<Words4> halves = output.download();
    for (std::uint32_t i = 0; i < 256; i++)
        for (std::uint32_t j = 0; j < 8; j++) {
            const Float16 half{static_cast<std::uint16_t>(halves[i].word[j % 4] >> (16 * (j / 4)))};
            EXPECT_EQ(to_float(half), static_cast<float>(words[i] >> (4 * j) & 0xF) - 8);
        }
}

} // namespace
} // namespace unimed
