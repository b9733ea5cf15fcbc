#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include <gtest/gtest.h>

#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

struct Attention {
    int heads, head_dim;
    std::vector<int> offsets{0};
    std::vector<float> qkv;

    Attention(int head_count, int dimension, const std::vector<int> &tokens, std::uint32_t seed, float scale = 1.0f)
        : heads(head_count), head_dim(dimension) {
        for (const int count : tokens)
            offsets.push_back(offsets.back() + count);
        qkv = random_values(static_cast<std::size_t>(offsets.back() * 3 * channels()), seed, scale);
    }

    [[nodiscard]] int channels() const { return heads * head_dim; }
    [[nodiscard]] int images() const { return static_cast<int>(offsets.size()) - 1; }
    [[nodiscard]] int tokens(int image) const {
        return offsets[static_cast<std::size_t>(image) + 1] - offsets[static_cast<std::size_t>(image)];
    }
    [[nodiscard]] std::size_t place(int row, int part, int head, int column = 0) const {
        return static_cast<std::size_t>(((row * 3 + part) * heads + head) * head_dim + column);
    }

    [[nodiscard]] Attention only(int image) const {
        Attention result = *this;
        const int first = offsets[static_cast<std::size_t>(image)];
        result.offsets = {0, tokens(image)};
        result.qkv.assign(qkv.begin() + first * 3 * channels(), qkv.begin() + (first + tokens(image)) * 3 * channels());
        return result;
    }

    /// The input begins `shift` numbers into its allocation, the grid has `more` blocks than the longest image needs.
    [[nodiscard]] std::vector<float> run(int width, int shift = 0, int more = 0) const {
        std::vector<float> shifted(static_cast<std::size_t>(shift), std::nanf(""));
        shifted.insert(shifted.end(), qkv.begin(), qkv.end());
        int most = 1;
        for (int image = 0; image < images(); image++)
            most = std::max(most, tokens(image));
        const DeviceArray<float> from(shifted);
        const DeviceArray<int> borders(offsets);
        DeviceArray<float> output(qkv.size() / 3);
        const void *kernel = nullptr;
        require(unimed_host_find_kernel(width == 96 ? "vision_attention_96" : "vision_attention_128", &kernel));
        Global<const float> x = from.constant() + shift;
        Global<const int> rows = borders.constant();
        Global<float> y = output.global();
        int head_count = heads, dimension = head_dim;
        void *arguments[] = {&x, &rows, &y, &head_count, &dimension};
        require(unimed_host_launch(kernel, static_cast<std::uint32_t>((most + 63) / 64 + more), static_cast<std::uint32_t>(heads),
                                   static_cast<std::uint32_t>(images()), 128, 1, 1, 0, 0, arguments));
        return output.download();
    }

    [[nodiscard]] std::span<const float> part(const std::vector<float> &output, int image) const {
        return std::span(output).subspan(static_cast<std::size_t>(offsets[static_cast<std::size_t>(image)] * channels()),
                                         static_cast<std::size_t>(tokens(image) * channels()));
    }

    /// Compares with the formula in double precision, within the bound that vision/attention.cu states.
    void check(const std::vector<float> &output) const {
        for (int image = 0; image < images(); image++)
            for (int head = 0; head < heads; head++)
                for (int query = 0; query < tokens(image); query++)
                    check_query(output, offsets[static_cast<std::size_t>(image)], tokens(image), head, query);
    }

private:
    void check_query(const std::vector<float> &output, int first, int count, int head, int query) const {
        const double scale = 1 / std::sqrt(static_cast<double>(head_dim));
        std::vector<double> weights;
        double size = 0;
        for (int key = 0; key < count; key++) {
            double score = 0, magnitude = 0;
            for (int c = 0; c < head_dim; c++) {
                const double term =
                    static_cast<double>(qkv[place(first + query, 0, head, c)]) * static_cast<double>(qkv[place(first + key, 1, head, c)]);
                score += term;
                magnitude += std::abs(term);
            }
            weights.push_back(score * scale);
            size = std::max(size, magnitude * scale);
        }
        const double largest = *std::max_element(weights.begin(), weights.end());
        double sum = 0;
        for (double &weight : weights)
            sum += weight = std::exp(weight - largest);
        constexpr double Unit = 0x1p-11;
        for (int c = 0; c < head_dim; c++) {
            double expected = 0, most = 0;
            for (int key = 0; key < count; key++) {
                const double value = static_cast<double>(qkv[place(first + key, 2, head, c)]);
                expected += weights[static_cast<std::size_t>(key)] / sum * value;
                most = std::max(most, std::abs(value));
            }
            const double bound = (std::expm1(4.1 * Unit * size) + 2.1 * Unit + 0x1p-24 * count) * most;
            ASSERT_NEAR(output[static_cast<std::size_t>((first + query) * channels() + head * head_dim + c)], expected, bound)
                << "heads " << heads << ", head_dim " << head_dim << ", tokens " << count << ", query " << query << ", head " << head
                << ", column " << c;
        }
    }
};

TEST(VisionAttention, IsTheSoftmaxWeightedSumForEveryShape) {
    const std::pair<std::pair<int, int>, std::vector<int>> shapes[] = {
        {{1, 1}, {1}},       {{3, 5}, {7}},    {{2, 88}, {17, 5, 32, 33}}, {{4, 9}, {0, 33, 0, 1, 20, 0}}, {{5, 34}, {65, 3}},
        {{1, 96}, {64, 31}}, {{2, 88}, {145}}, {{1, 88}, {257}},           {{3, 16}, {48, 16, 15}},        {{2, 44}, {10, 70}}};
    for (const auto &[sizes, tokens] : shapes)
        for (const int width : {96, 128}) {
            const Attention attention(sizes.first, sizes.second, tokens, 1);
            attention.check(attention.run(width));
        }
    for (const int head_dim : {97, 104, 128}) {
        const Attention attention(2, head_dim, {40, 9}, 2);
        attention.check(attention.run(128));
    }
}

TEST(VisionAttention, SharpSoftmaxesAndRisingMaximaStayExact) {
    // Scores in the hundreds, the largest in the last tile: everything gathered before it must shrink to nothing.
    Attention attention(1, 88, {130}, 3);
    for (int row = 0; row < 130; row++)
        for (int c = 0; c < 88; c++) {
            attention.qkv[attention.place(row, 0, 0, c)] = 4;
            attention.qkv[attention.place(row, 1, 0, c)] = static_cast<float>(row - 60);
        }
    const std::vector<float> output = attention.run(96);
    for (int row = 0; row < 130; row++)
        for (int c = 0; c < 88; c++) {
            // The next key's score is 4 * 88 / sqrt(88) = 37.5 lower.
            const float last = attention.qkv[attention.place(129, 2, 0, c)];
            EXPECT_NEAR(output[static_cast<std::size_t>(row * 88 + c)], last, std::abs(last) * 0x1p-10f + 1e-6f);
        }
}

TEST(VisionAttention, AnImageGivesTheSameBitsAloneInABatchAtAnyAddressAndInAnyGrid) {
    for (const int head_dim : {88, 22, 7}) {
        const Attention attention(3, head_dim, {19, 0, 80, 6}, 4);
        const std::vector<float> all = attention.run(96);
        const WithThreads threads(3);
        const Reversed reversed;
        EXPECT_EQ(attention.run(96, 1), all);
        EXPECT_EQ(attention.run(96, 2, 3), all);
        EXPECT_EQ(attention.run(128), all);
        for (int image = 0; image < attention.images(); image++) {
            EXPECT_TRUE(std::ranges::equal(attention.only(image).run(96), attention.part(all, image)));
        }
    }
}

TEST(VisionAttention, ANaNStaysInItsImageAndHead) {
    Attention attention(3, 21, {40, 37, 5}, 5);
    const std::vector<float> clean = attention.run(96);
    const int row = attention.offsets[1] + 35;
    for (const int part : {1, 2}) {
        Attention dirty = attention;
        dirty.qkv[dirty.place(row, part, 1, 20)] = std::nanf("");
        const std::vector<float> output = dirty.run(96);
        for (std::size_t i = 0; i < output.size(); i++) {
            const int at = static_cast<int>(i) / 63, head = static_cast<int>(i) % 63 / 21, column = static_cast<int>(i) % 21;
            if (at >= attention.offsets[1] && at < attention.offsets[2] && head == 1 && (part == 1 || column == 20))
                EXPECT_TRUE(std::isnan(output[i]));
            else
                EXPECT_EQ(output[i], clean[i]);
        }
    }
}

TEST(VisionAttention, ANaNQueryStaysInItsRow) {
    Attention attention(2, 24, {40}, 6);
    const std::vector<float> clean = attention.run(96);
    attention.qkv[attention.place(21, 0, 1, 3)] = std::nanf("");
    const std::vector<float> output = attention.run(96);
    for (std::size_t i = 0; i < output.size(); i++) {
        if (i / 48 == 21 && i % 48 >= 24)
            EXPECT_TRUE(std::isnan(output[i]));
        else
            EXPECT_EQ(output[i], clean[i]);
    }
}

TEST(VisionAttention, KeysAtMinusInfinityWeighNothing) {
    // A whole first tile whose scores are all -infinity.
    Attention attention(1, 16, {50}, 7);
    for (int row = 0; row < 50; row++)
        attention.qkv[attention.place(row, 0, 0, 0)] = 1;
    Attention rest = attention;
    for (int row = 0; row < 34; row++)
        attention.qkv[attention.place(row, 1, 0, 0)] = -HUGE_VALF;
    const std::vector<float> output = attention.run(96);
    for (int row = 0; row < 34; row++)
        for (int c = 0; c < 16; c++) {
            rest.qkv[rest.place(row, 1, 0, c)] = 0;
            rest.qkv[rest.place(row, 2, 0, c)] = 0;
        }
    for (int row = 0; row < 34; row++)
        rest.qkv[rest.place(row, 1, 0, 0)] = -1000;
    const std::vector<float> expected = rest.run(96);
    for (std::size_t i = 0; i < output.size(); i++)
        EXPECT_EQ(output[i], expected[i]);
}

TEST(VisionAttention, MovesWholeSectorsWithoutBankConflictsAndWastesNoMma) {
    const Attention attention(2, 88, {257, 145}, 8);
    const Counting counting;
    (void)attention.run(96);
    const unimed_counters c = counting.counters();
    // Queries and outputs once, keys and values once for each 64 queries; two row borders for each thread.
    const std::uint64_t row = 2 * 88 * 4;
    const std::uint64_t borders = (5u + 5u) * 2u * 128u * 8u;
    EXPECT_EQ(c.global_load_bytes - borders, row * (257u + 145u + 5u * 2u * 257u + 3u * 2u * 145u));
    EXPECT_EQ((c.global_load_sectors - borders / 128) * 32, c.global_load_bytes - borders);
    EXPECT_EQ(c.global_store_bytes, row * (257u + 145u));
    EXPECT_EQ(c.global_store_sectors * 32, c.global_store_bytes);
    EXPECT_EQ(c.shared_load_conflicts, 0u);
    EXPECT_EQ(c.shared_store_conflicts, 0u);
    // 16 queries against 16 keys: 6 steps of 2 tiles, twice.
    EXPECT_EQ(c.mma, 2u * 24u * (17u * 17u + 10u * 10u));
    EXPECT_EQ(c.barriers, 2u * (5u * 9u + 3u * 5u));
}

} // namespace
} // namespace unimed
