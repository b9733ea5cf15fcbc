#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tests/device.h"

namespace unimed {
namespace {

constexpr int Half = 1 << 21;

std::vector<std::uint8_t> random_bytes(std::size_t count, std::uint32_t seed) {
    std::mt19937 generator(seed);
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t &byte : bytes)
        byte = static_cast<std::uint8_t>(generator());
    return bytes;
}

std::uint8_t to_byte(int sum) {
    return static_cast<std::uint8_t>(std::clamp(sum >> 22, 0, 255));
}

std::int64_t whole_words(int bytes) {
    return (bytes + 3) / 4 * 4;
}

/// Any weights at all, some of them negative, and windows of all lengths from 1 to 9 that begin anywhere.
struct Table {
    int inputs, positions, stride = 9;
    std::vector<int> integers;

    Table(int from, int to, std::uint32_t seed) : inputs(from), positions(to) {
        std::mt19937 generator(seed);
        std::vector<int> counts, weights;
        for (int i = 0; i < positions; i++) {
            const int count = 1 + static_cast<int>(generator() % static_cast<unsigned>(std::min(stride, inputs)));
            integers.push_back(static_cast<int>(generator() % static_cast<unsigned>(inputs - count + 1)));
            counts.push_back(count);
            for (int k = 0; k < stride; k++)
                weights.push_back(static_cast<int>(generator() % (1u << 20)) - (1 << 19));
        }
        integers.insert(integers.end(), counts.begin(), counts.end());
        integers.insert(integers.end(), weights.begin(), weights.end());
    }

    [[nodiscard]] int first(int position) const { return integers[static_cast<std::size_t>(position)]; }
    [[nodiscard]] int count(int position) const { return integers[static_cast<std::size_t>(positions + position)]; }
    [[nodiscard]] int weight(int position, int k) const {
        return integers[static_cast<std::size_t>(2 * positions + position * stride + k)];
    }
};

/// A picture of bytes whose rows lie `row_bytes` apart, the first one `shift` bytes into its memory; what lies between rows is noise.
struct BytePicture {
    int width, height, channels;
    std::int64_t row_bytes;
    std::size_t shift;
    std::vector<std::uint8_t> memory;

    BytePicture(int columns, int rows, int samples, int gap, std::size_t offset, std::uint32_t seed)
        : width(columns), height(rows), channels(samples), row_bytes(columns * samples + gap), shift(offset),
          memory(random_bytes(offset + static_cast<std::size_t>(row_bytes * (rows - 1) + columns * samples), seed)) {}

    [[nodiscard]] int at(int y, int x, int c) const {
        return memory[shift + static_cast<std::size_t>(y * row_bytes + x * channels + c)];
    }
};

TEST(Preprocess, ColumnsAreTheRoundedWeightedSumsOfEachRow) {
    for (const auto &[width, height, positions, gap] : {std::array{1, 1, 1, 0}, {1, 3, 7, 2}, {40, 3, 7, 0}, {9, 2, 300, 5}, {700, 2, 33, 1}}) {
        for (const int channels : {1, 3}) {
            const BytePicture picture(width, height, channels, gap, 3, 1);
            const Table table(width, positions, 2);
            const std::int64_t output_row = whole_words(positions * channels);
            for (const int lanes : {1, 2, 32}) {
                const DeviceArray<std::uint8_t> from(picture.memory);
                const DeviceArray<int> weights(table.integers);
                DeviceArray<std::uint8_t> to(static_cast<std::size_t>(output_row * height));
                launch(channels == 1 ? "preprocess_columns_gray" : "preprocess_columns_rgb",
                       {static_cast<std::uint32_t>(height), static_cast<std::uint32_t>((positions * lanes + 255) / 256)}, 256,
                       from.constant() + 3, picture.row_bytes, weights.constant(), positions, table.stride, lanes, to.global(), output_row);
                const std::vector<std::uint8_t> result = to.download();
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < positions; x++)
                        for (int c = 0; c < channels; c++) {
                            int sum = Half;
                            for (int k = 0; k < table.count(x); k++)
                                sum += picture.at(y, table.first(x) + k, c) * table.weight(x, k);
                            ASSERT_EQ(result[static_cast<std::size_t>(y * output_row + x * channels + c)], to_byte(sum));
                        }
            }
        }
    }
}

TEST(Preprocess, RowsAreTheRoundedWeightedSumsOfEachColumn) {
    for (const auto &[width, height, positions, gap] : {std::array{1, 1, 1, 0}, {1, 40, 7, 3}, {7, 9, 20, 0}, {8, 3, 5, 0}, {1500, 4, 3, 2}}) {
        for (const std::size_t shift : {std::size_t{0}, std::size_t{1}}) {
            const BytePicture picture(width, height, 1, gap, shift, 3);
            const Table table(height, positions, 4);
            const std::int64_t output_row = whole_words(width);
            const DeviceArray<std::uint8_t> from(picture.memory);
            const DeviceArray<int> weights(table.integers);
            DeviceArray<std::uint8_t> to(static_cast<std::size_t>(output_row * positions));
            launch("preprocess_rows", {static_cast<std::uint32_t>(positions), static_cast<std::uint32_t>((width + 1023) / 1024)}, 256,
                   from.constant() + static_cast<std::ptrdiff_t>(shift), picture.row_bytes, width, weights.constant(), positions, table.stride,
                   to.global(), output_row);
            const std::vector<std::uint8_t> result = to.download();
            for (int y = 0; y < positions; y++)
                for (int x = 0; x < width; x++) {
                    int sum = Half;
                    for (int k = 0; k < table.count(y); k++)
                        sum += picture.at(table.first(y) + k, x, 0) * table.weight(y, k);
                    ASSERT_EQ(result[static_cast<std::size_t>(y * output_row + x)], to_byte(sum));
                }
        }
    }
}

/// Samples in rows that lie `row_samples` apart, `shift` samples into their memory.
template <class T>
struct Samples {
    int width, height;
    std::int64_t row_samples;
    std::size_t shift;
    std::vector<T> memory;

    Samples(int columns, int rows, int gap, std::size_t offset)
        : width(columns), height(rows), row_samples(columns + gap), shift(offset),
          memory(offset + static_cast<std::size_t>(row_samples * (rows - 1) + columns)) {}

    [[nodiscard]] T &at(int y, int x) { return memory[shift + static_cast<std::size_t>(y * row_samples + x)]; }
};

Samples<std::uint16_t> random_words(int width, int height, int gap, std::size_t shift, std::uint32_t seed) {
    Samples<std::uint16_t> samples(width, height, gap, shift);
    std::mt19937 generator(seed);
    for (std::uint16_t &sample : samples.memory)
        sample = static_cast<std::uint16_t>(generator());
    return samples;
}

TEST(Preprocess, A16BitSampleBecomesItsLevel) {
    const std::vector<std::uint8_t> levels = random_bytes(65536, 5);
    for (const auto &[width, height, gap] : {std::array{1, 1, 0}, {4, 3, 0}, {7, 2, 1}, {1030, 2, 2}, {12, 1100, 4}}) {
        for (const std::size_t shift : {std::size_t{0}, std::size_t{1}}) {
            Samples<std::uint16_t> samples = random_words(width, height, gap, shift, 6);
            const std::int64_t output_row = whole_words(width);
            const DeviceArray<std::uint16_t> from(samples.memory);
            const DeviceArray<std::uint8_t> table(levels);
            DeviceArray<std::uint8_t> to(static_cast<std::size_t>(output_row * height));
            launch("preprocess_gray16", {static_cast<std::uint32_t>(std::min(height, 1024)), static_cast<std::uint32_t>((width + 1023) / 1024)},
                   256, from.constant() + static_cast<std::ptrdiff_t>(shift), samples.row_samples, width, height, table.constant(), to.global(),
                   output_row);
            const std::vector<std::uint8_t> result = to.download();
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    ASSERT_EQ(result[static_cast<std::size_t>(y * output_row + x)], levels[samples.at(y, x)]);
        }
    }
}

TEST(Preprocess, TheRangeIsThatOfTheSamplesAndOfNothingBetweenRows) {
    for (const int flip : {0, 0x8000}) {
        for (const auto &[width, height, gap] : {std::array{1, 1, 0}, {5, 3, 2}, {300, 2, 0}, {3, 600, 1}}) {
            Samples<std::uint16_t> samples = random_words(width, height, gap, 1, 7);
            int smallest = 0xFFFF, largest = 0;
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) {
                    // Of the middle of all, so that noise between rows would show.
                    samples.at(y, x) = static_cast<std::uint16_t>((0x4000 + samples.at(y, x) / 2) ^ flip);
                    smallest = std::min(smallest, samples.at(y, x) ^ flip);
                    largest = std::max(largest, samples.at(y, x) ^ flip);
                }
            const int blocks = std::min(height, 256);
            const DeviceArray<std::uint16_t> from(samples.memory);
            DeviceArray<Words2> ranges(static_cast<std::size_t>(blocks) * 8);
            launch("preprocess_range", {static_cast<std::uint32_t>(blocks)}, 256, from.constant() + 1, samples.row_samples, width, height, flip,
                   ranges.global());
            int found_smallest = 0xFFFF, found_largest = 0;
            for (const Words2 &range : ranges.download()) {
                found_smallest = std::min(found_smallest, static_cast<int>(range.word[0]));
                found_largest = std::max(found_largest, static_cast<int>(range.word[1]));
            }
            EXPECT_EQ(found_smallest, smallest);
            EXPECT_EQ(found_largest, largest);
        }
    }
}

/// Three planes -> bytes and the words of the warps.
std::pair<std::vector<std::uint8_t>, bool> read_planes(const std::vector<float> &planes, std::int64_t plane, std::int64_t row, int width, int height) {
    const std::uint32_t blocks = static_cast<std::uint32_t>(std::min(height, 1024)), pieces = static_cast<std::uint32_t>((width + 1023) / 1024);
    const std::int64_t output_row = whole_words(width * 3);
    const DeviceArray<float> from(planes);
    DeviceArray<std::uint8_t> to(static_cast<std::size_t>(output_row * height));
    DeviceArray<std::uint32_t> faults(blocks * pieces * 8);
    launch("preprocess_planar", {blocks, pieces}, 256, from.constant(), plane, row, width, height, to.global(), output_row, faults.global());
    const std::vector<std::uint32_t> words = faults.download();
    return {to.download(), std::ranges::any_of(words, [](std::uint32_t word) { return word != 0; })};
}

TEST(Preprocess, ANumberBecomesTheNearestLevelAndEveryLevelComesBack) {
    std::vector<float> planes(3 * 264);
    for (int level = 0; level < 256; level++) {
        planes[static_cast<std::size_t>(level)] = static_cast<float>(level) / 255.0f;
        planes[static_cast<std::size_t>(264 + level)] = (static_cast<float>(level) + 0.499f) / 255.0f;
        planes[static_cast<std::size_t>(528 + level)] = level % 2 == 0 ? -1e30f : 1e30f;
    }
    const auto [bytes, faulty] = read_planes(planes, 264, 256, 256, 1);
    EXPECT_FALSE(faulty);
    for (int level = 0; level < 256; level++) {
        EXPECT_EQ(bytes[static_cast<std::size_t>(level * 3)], level);
        EXPECT_EQ(bytes[static_cast<std::size_t>(level * 3 + 1)], level);
        EXPECT_EQ(bytes[static_cast<std::size_t>(level * 3 + 2)], level % 2 == 0 ? 0 : 255);
    }
}

TEST(Preprocess, ANumberThatIsNotFiniteIsToldWhereverItIsAndNoneBetweenRowsIs) {
    constexpr int Width = 1030, Height = 3, Row = Width + 2;
    const std::vector<float> clean(3 * Row * Height, 0.5f);
    std::vector<float> between = clean;
    between[Width] = std::nanf("");
    EXPECT_FALSE(read_planes(between, Row * Height, Row, Width, Height).second);
    for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
        for (const int place : {0, Row * Height + Row + 1029, 2 * Row * Height + 2 * Row + 500}) {
            std::vector<float> planes = clean;
            planes[static_cast<std::size_t>(place)] = bad;
            EXPECT_TRUE(read_planes(planes, Row * Height, Row, Width, Height).second);
        }
    }
}

TEST(Preprocess, EachByteTakesItsChannelsNumber) {
    std::vector<float> normalized(768);
    for (std::size_t i = 0; i < normalized.size(); i++)
        normalized[i] = static_cast<float>(i) * 0.37f - 3.0f;
    for (const int side : {1, 5, 28}) {
        for (const int channels : {1, 3}) {
            const BytePicture picture(side, side, channels, 3, 1, 8);
            const DeviceArray<std::uint8_t> from(picture.memory);
            const DeviceArray<float> table(normalized);
            DeviceArray<float> to(static_cast<std::size_t>(3 * side * side));
            launch(channels == 1 ? "preprocess_normalize_gray" : "preprocess_normalize_rgb", {static_cast<std::uint32_t>((side * side + 255) / 256)},
                   256, from.constant() + 1, picture.row_bytes, table.constant(), side, to.global());
            const std::vector<float> result = to.download();
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < side; y++)
                    for (int x = 0; x < side; x++)
                        ASSERT_EQ(result[static_cast<std::size_t>((c * side + y) * side + x)],
                                  normalized[static_cast<std::size_t>(c * 256 + picture.at(y, x, channels == 1 ? 0 : c))]);
        }
    }
}

TEST(Preprocess, SamplesAreReadOnceInWholeSectors) {
    Samples<std::uint16_t> samples = random_words(512, 8, 0, 0, 9);
    const DeviceArray<std::uint16_t> from(samples.memory);
    const DeviceArray<std::uint8_t> table(std::vector<std::uint8_t>(65536));
    DeviceArray<std::uint8_t> to(512 * 8);
    const Counting counting;
    launch("preprocess_gray16", {8, 1}, 256, from.constant(), std::int64_t{512}, 512, 8, table.constant(), to.global(), std::int64_t{512});
    const unimed_counters c = counting.counters();
    // A byte of the table for each sample, and the samples.
    EXPECT_EQ(c.global_load_bytes, 512u * 8u * 3u);
    EXPECT_EQ(c.global_store_bytes, 512u * 8u);
    EXPECT_EQ(c.global_store_sectors * 32, c.global_store_bytes);
}

} // namespace
} // namespace unimed
