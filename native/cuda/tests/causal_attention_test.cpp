#include <gtest/gtest.h>

#include "tests/attention_case.h"

namespace unimed {
namespace {

const LanguageShape Llama{2, 2, 128, 16};
const LanguageShape Shapes[] = {Llama,         {6, 2, 10, 5},  {1, 1, 2, 1},    {3, 3, 34, 16}, {4, 1, 128, 7},
                                {4, 2, 88, 8}, {2, 1, 64, 32}, {20, 1, 24, 16}, {3, 1, 8, 24}};

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return std::ranges::equal(a, b, [](float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); });
}

std::span<const float> rows_of(const AttentionCase &batch, const std::vector<float> &output, int sequence, int first, int count) {
    const std::size_t width = product(batch.shape.heads, batch.shape.head_dim);
    const int row = batch.batch.row_offsets[static_cast<std::size_t>(sequence)] + first;
    return std::span(output).subspan(product(row, 1) * width, product(count, 1) * width);
}

TEST(PrefillAttention, IsTheFormulaForRaggedBatchesOfAnyShape) {
    std::uint32_t seed = 1;
    for (const LanguageShape &shape : Shapes) {
        const AttentionCase batch(shape, {{0, 1}, {0, 17}, {0, 0}, {31, 2}, {5, 30}, {40, 21}}, seed++);
        batch.check(batch.prefill(), "prefill");
    }
}

TEST(PrefillAttention, IsTheFormulaForPromptsOfSeveralBlocks) {
    const AttentionCase batch(Llama, {{0, 145}, {100, 70}}, 20);
    batch.check(batch.prefill(), "prefill");
}

TEST(DecodeAttention, IsTheFormulaForBatchesOfAnyShape) {
    std::uint32_t seed = 40;
    for (const LanguageShape &shape : Shapes) {
        const AttentionCase batch(shape, {{0, 1}, {31, 1}, {32, 1}, {140, 1}, {63, 1}, {7, 1}}, seed++);
        batch.check(batch.decode(), "decode");
    }
}

TEST(DecodeAttention, APlaceNobodyTakesReadsAndWritesNothing) {
    const AttentionCase batch(Llama, {{40, 1}, {-1, 0}, {12, 1}, {-1, 0}}, 50);
    batch.check(batch.decode(), "decode");
}

TEST(CausalAttention, APromptGivesTheSameBitsWholeInChunksAndTokenByToken) {
    for (const LanguageShape &shape : Shapes) {
        const AttentionCase whole(shape, {{0, 75}, {0, 41}}, 60);
        const std::vector<float> output = whole.prefill();
        std::vector<std::vector<float>> queries;
        for (int s = 0; s < 2; s++) {
            const auto of_sequence = rows_of(whole, whole.query, s, 0, whole.batch.parts[static_cast<std::size_t>(s)].rows);
            queries.emplace_back(of_sequence.begin(), of_sequence.end());
        }
        const auto check = [&](const std::vector<SequencePart> &parts, bool decode) {
            const AttentionCase chunk = whole.with_parts(parts, queries);
            // Positions behind the chunk are in the cache already, and must not be seen.
            const DeviceArray<Float16> cache(whole.cache());
            const std::vector<float> result = decode ? chunk.decode(cache.constant(), 1) : chunk.prefill(cache.constant());
            for (int s = 0; s < 2; s++) {
                const SequencePart &part = parts[static_cast<std::size_t>(s)];
                EXPECT_TRUE(same_bits(rows_of(chunk, result, s, 0, part.rows), rows_of(whole, output, s, part.start, part.rows)))
                    << "head_dim " << shape.head_dim << ", blocks of " << shape.block_size << ", from " << part.start;
            }
        };
        check({{0, 7}, {0, 41}}, false);
        check({{7, 40}, {40, 0}}, false);
        check({{47, 28}, {17, 16}}, false);
        for (const int position : {0, 1, 15, 16, 31, 32, 40})
            check({{position + 34, 1}, {position, 1}}, true);
    }
}

TEST(CausalAttention, ASequenceAloneIsTheSequenceInABatchOnAnyThreadsInAnyOrder) {
    const std::vector<SequencePart> parts{{3, 37}, {0, 70}, {64, 1}};
    const AttentionCase together(Llama, parts, 70);
    const AttentionCase steps(Llama, {{39, 1}, {69, 1}, {64, 1}}, 71);
    const std::vector<float> prefill = together.prefill(), decode = steps.decode();
    const auto alone = [](const AttentionCase &batch, int s) {
        const auto i = static_cast<std::size_t>(s);
        AttentionCase one(batch.shape, {batch.batch.parts[i]}, 72);
        one.keys[0] = batch.keys[i];
        one.values[0] = batch.values[i];
        const auto rows = rows_of(batch, batch.query, s, 0, batch.batch.parts[i].rows);
        one.query.assign(rows.begin(), rows.end());
        return one;
    };
    const WithThreads threads(3);
    const Reversed reversed;
    EXPECT_TRUE(same_bits(together.prefill(), prefill));
    for (const int blocks : {1, 2, 5})
        EXPECT_TRUE(same_bits(steps.decode(blocks), decode));
    for (int s = 0; s < 3; s++) {
        EXPECT_TRUE(same_bits(alone(together, s).prefill(), rows_of(together, prefill, s, 0, parts[static_cast<std::size_t>(s)].rows)));
        EXPECT_TRUE(same_bits(alone(steps, s).decode(), rows_of(steps, decode, s, 0, 1)));
    }
}

TEST(CausalAttention, NumbersThatAreNoneStayInTheirSequenceAndBehindTheirPosition) {
    for (const LanguageShape &shape : {Llama, LanguageShape{6, 2, 10, 5}})
        for (const float none : {std::nanf(""), HUGE_VALF}) {
            const AttentionCase clean(shape, {{0, 20}, {4, 36}, {0, 9}}, 80);
            AttentionCase dirty = clean;
            // Position 25 of the second sequence: key, value and query.
            for (int c = 0; c < shape.kv_heads * shape.head_dim; c++) {
                dirty.keys[1][dirty.cached_at(25, 0, c)] = std::nanf("");
                dirty.values[1][dirty.cached_at(25, 0, c)] = none;
            }
            dirty.query[dirty.row_at(20 + 21, 0)] = none;
            const std::vector<float> expected = clean.prefill(), output = dirty.prefill();
            EXPECT_TRUE(same_bits(rows_of(clean, output, 0, 0, 20), rows_of(clean, expected, 0, 0, 20)));
            EXPECT_TRUE(same_bits(rows_of(clean, output, 1, 0, 21), rows_of(clean, expected, 1, 0, 21)));
            EXPECT_TRUE(same_bits(rows_of(clean, output, 2, 0, 9), rows_of(clean, expected, 2, 0, 9)));
            for (const float value : rows_of(clean, output, 1, 21, 15))
                EXPECT_TRUE(std::isnan(value));
        }
}

TEST(CausalAttention, AnInfiniteValueShowsInItsChannelWhereItIsSeen) {
    for (const int position : {17, 18}) {
        AttentionCase batch(Llama, {{0, 30}}, 81);
        batch.values[0][batch.cached_at(position, 1, 5)] = HUGE_VALF;
        const std::vector<float> output = batch.prefill();
        for (int row = 0; row < 30; row++)
            for (int c = 0; c < 128; c++)
                EXPECT_EQ(std::isfinite(output[batch.row_at(row, 1) + static_cast<std::size_t>(c)]), row < position || c != 5)
                    << "value at " << position << ", row " << row << ", channel " << c;
    }
}

TEST(CausalAttention, ScoresFarFromZeroKeepTheirDifferences) {
    for (const float size : {40.0f, -40.0f}) {
        AttentionCase batch(Llama, {{69, 1}, {37, 1}}, 82);
        // All scores of a row moved by the same amount: weights stay, if nothing overflows.
        for (std::vector<float> &keys : batch.keys)
            for (std::size_t i = 0; i < keys.size(); i += 128)
                keys[i] = size;
        for (std::size_t i = 0; i < batch.query.size(); i += 128)
            batch.query[i] = 32.0f;
        batch.check(batch.prefill(), "prefill");
        batch.check(batch.decode(), "decode");
        for (const float value : batch.decode())
            EXPECT_TRUE(std::isfinite(value));
    }
}

TEST(DecodeAttention, ReadsEveryCachedByteOnceInWholeSectors) {
    for (const LanguageShape &shape : {Llama, LanguageShape{8, 2, 128, 16}}) {
        const AttentionCase batch(shape, {{127, 1}, {63, 1}, {31, 1}}, 90);
        const std::vector<Float16> contents = batch.cache();
        const RawMemory cache(contents.size() * sizeof(Float16));
        require(unimed_host_copy_to_device(cache.get(), contents.data(), contents.size() * sizeof(Float16)));
        require(unimed_host_watch(cache.get()));
        static unimed_counters first;
        AttentionCase counted = batch;
        counted.after_decode = [] { require(unimed_host_counters(&first)); };
        const Counting counting;
        (void)counted.decode(cache.as<const Float16>(), 1);
        unimed_traffic traffic{};
        require(unimed_host_traffic(cache.get(), &traffic));
        EXPECT_EQ(traffic.bytes, contents.size() * sizeof(Float16));
        EXPECT_EQ(traffic.least_reads, 1u);
        EXPECT_EQ(traffic.most_reads, 1u);
        EXPECT_EQ(traffic.sectors * 32, traffic.bytes);
        // 16 bytes a lane.
        EXPECT_EQ(traffic.requests * 512, traffic.bytes);
        // Seven units: 32 keys in 4 tiles of 8, 8 steps along the channels; then 16 tiles of channels, 2 steps along the keys.
        EXPECT_EQ(first.mma, 7u * static_cast<unsigned>(shape.kv_heads) * 64u);
        EXPECT_EQ(first.global_store_sectors * 32, 7u * static_cast<unsigned>(shape.heads) * (128u * 4u + 32u));
        EXPECT_EQ(first.barriers + first.shared_load_requests + first.shared_store_requests, 0u);
        const unimed_counters combine = counting.counters();
        EXPECT_EQ(combine.global_store_sectors * 32, batch.query.size() * 4);
        EXPECT_EQ(combine.barriers, 0u);
    }
}

TEST(PrefillAttention, ReadsTheCacheInWholeSectorsOnceForEverySixteenRows) {
    const AttentionCase batch(Llama, {{32, 32}}, 91);
    const std::vector<Float16> contents = batch.cache();
    const RawMemory cache(contents.size() * sizeof(Float16));
    require(unimed_host_copy_to_device(cache.get(), contents.data(), contents.size() * sizeof(Float16)));
    require(unimed_host_watch(cache.get()));
    const Counting counting;
    (void)batch.prefill(cache.as<const Float16>());
    unimed_traffic traffic{};
    require(unimed_host_traffic(cache.get(), &traffic));
    EXPECT_EQ(traffic.most_reads, 2u);
    EXPECT_EQ(traffic.sectors * 32, traffic.bytes);
    const unimed_counters counters = counting.counters();
    EXPECT_EQ(counters.mma, 2u * 2u * 2u * 64u);
    EXPECT_EQ(counters.global_store_sectors * 32, batch.query.size() * 4);
    EXPECT_EQ(counters.global_load_distinct_sectors * 32, contents.size() * 2 + batch.query.size() * 4 + 3 * 32);
    EXPECT_EQ(counters.barriers, 0u);
}

} // namespace
} // namespace unimed
