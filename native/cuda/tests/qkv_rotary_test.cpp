#include <gtest/gtest.h>

#include "linear/repack.h"
#include "tests/language_case.h"

namespace unimed {
namespace {

constexpr std::uint16_t Untouched = 0xABCD;
constexpr int Positions = 2100;

/// Random projections of a batch, and tables of angles that are no rotation's, so that each number's place shows.
struct RotaryCase {
    LanguageShape shape;
    LanguageBatch batch;
    std::vector<float> projected, cosines, sines;

    RotaryCase(const LanguageShape &of, const std::vector<SequencePart> &parts, std::uint32_t seed) : shape(of), batch(of, parts, seed) {
        projected = random_values(product(batch.rows(), width()), seed);
        cosines = random_values(product(Positions, shape.head_dim / 2), seed + 1);
        sines = random_values(product(Positions, shape.head_dim / 2), seed + 2);
    }

    [[nodiscard]] int width() const { return (shape.heads + 2 * shape.kv_heads) * shape.head_dim; }

    struct Result {
        std::vector<float> query;
        std::vector<Float16> cache;
    };

    /// Rows past the batch's are launched and must be left alone.
    [[nodiscard]] Result run(int rows_past = 0) const {
        return run(rows_past, std::vector<Float16>(product(batch.blocks, 1) * shape.block_elements(), Float16{Untouched}));
    }

    [[nodiscard]] Result run(int rows_past, const std::vector<Float16> &before) const {
        const DeviceArray<float> input(projected), cosine(cosines), sine(sines);
        const DeviceArray<int> offsets(batch.row_offsets), starts(batch.start_positions), tables(batch.block_tables);
        DeviceArray<float> query(product(batch.rows(), shape.heads * shape.head_dim));
        DeviceArray<Float16> cache(before);
        const int rotations = (shape.heads + shape.kv_heads) * ((shape.head_dim + 7) / 8);
        launch("qkv_rotary",
               {static_cast<std::uint32_t>(batch.rows() + rows_past),
                static_cast<std::uint32_t>((rotations + 127) / 128 + (shape.kv_heads * shape.head_dim + 127) / 128)},
               128, input.constant(), cosine.constant(), sine.constant(), offsets.constant(), starts.constant(), tables.constant(),
               query.global(), cache.global(), batch.sequences(), batch.blocks_per_sequence, shape.heads, shape.kv_heads, shape.head_dim,
               shape.block_size);
        return {query.download(), cache.download()};
    }

    /// Channel of a head of the projection, rotated.
    [[nodiscard]] double rotated(int row, int head, int channel, int position) const {
        const int half = shape.head_dim / 2;
        const auto x = [&](int c) {
            return static_cast<double>(projected[product(row, width()) + product(head, shape.head_dim) + static_cast<std::size_t>(c)]);
        };
        const std::size_t angle = product(position, half) + static_cast<std::size_t>(channel % half);
        const double other = channel < half ? -x(channel + half) : x(channel - half);
        return x(channel) * static_cast<double>(cosines[angle]) + other * static_cast<double>(sines[angle]);
    }

    void check(const Result &result) const {
        std::vector<bool> written(result.cache.size());
        const auto cached = [&](std::size_t at, double value, const char *what, int position, int channel) {
            ASSERT_NEAR(static_cast<double>(to_float(result.cache[at])), value, std::abs(value) * 0x1p-10 + 0x1p-20)
                << what << " at position " << position << ", channel " << channel << ", head_dim " << shape.head_dim << ", blocks of "
                << shape.block_size;
            written[at] = true;
        };
        for (int s = 0; s < batch.sequences(); s++)
            for (int i = 0; i < batch.parts[static_cast<std::size_t>(s)].rows; i++) {
                const int row = batch.row_offsets[static_cast<std::size_t>(s)] + i;
                const int position = batch.parts[static_cast<std::size_t>(s)].start + i;
                const int block = batch.block_of(s, position, shape), slot = position % shape.block_size;
                for (int c = 0; c < shape.head_dim; c++) {
                    for (int h = 0; h < shape.heads; h++) {
                        const double value = rotated(row, h, c, position);
                        ASSERT_NEAR(result.query[product(row, shape.heads * shape.head_dim) + product(h, shape.head_dim) +
                                                 static_cast<std::size_t>(c)],
                                    value, 1e-5)
                            << "row " << row << ", head " << h << ", channel " << c;
                    }
                    for (int h = 0; h < shape.kv_heads; h++) {
                        cached(shape.key_at(block, h, slot, c), rotated(row, shape.heads + h, c, position), "key", position, c);
                        const float value = projected[product(row, width()) + product(shape.heads + shape.kv_heads + h, shape.head_dim) +
                                                      static_cast<std::size_t>(c)];
                        cached(shape.value_at(block, h, slot, c), static_cast<double>(value), "value", position, c);
                    }
                }
                for (int h = 0; h < shape.kv_heads; h++)
                    for (int c = shape.head_dim; c < shape.channels(); c++)
                        cached(shape.key_at(block, h, slot, c), 0.0, "filling", position, c);
            }
        for (std::size_t at = 0; at < written.size(); at++)
            if (!written[at]) {
                ASSERT_EQ(result.cache[at].bits, Untouched) << "element " << at << " is no row's";
            }
    }
};

const LanguageShape Llama{2, 2, 128, 16};

TEST(QkvRotary, RotatesAndWritesWhereItShouldAndNowhereElse) {
    std::uint32_t seed = 1;
    for (const LanguageShape &shape :
         {Llama, LanguageShape{6, 2, 10, 5}, LanguageShape{1, 1, 2, 1}, LanguageShape{3, 3, 34, 16}, LanguageShape{4, 1, 128, 7},
          LanguageShape{4, 2, 88, 8}, LanguageShape{3, 1, 24, 24}, LanguageShape{32, 32, 128, 16}}) {
        const RotaryCase prompts(shape, {{0, 1}, {0, 17}, {0, 0}, {31, 2}, {5, 30}}, seed++);
        prompts.check(prompts.run(3));
        const RotaryCase step(shape, {{4, 1}, {-1, 0}, {15, 1}, {16, 1}, {2047, 1}}, seed++);
        step.check(step.run(2));
    }
}

TEST(QkvRotary, FindsItsSequenceAmongMany) {
    std::vector<SequencePart> parts;
    for (int s = 0; s < 300; s++)
        parts.push_back({s % 40, s % 3});
    const RotaryCase many({1, 1, 8, 16}, parts, 30);
    many.check(many.run());
}

TEST(QkvRotary, APromptGivesTheSameBitsWholeAndInChunksInAnyOrder) {
    for (const LanguageShape &shape : {Llama, LanguageShape{6, 2, 10, 5}}) {
        const RotaryCase whole(shape, {{0, 45}}, 40);
        const RotaryCase::Result expected = whole.run();
        const WithThreads threads(3);
        const Reversed reversed;
        RotaryCase::Result chunks{{}, std::vector<Float16>(expected.cache.size(), Float16{Untouched})};
        int start = 0;
        for (const int rows : {7, 1, 20, 1, 16}) {
            RotaryCase chunk = whole;
            chunk.batch = whole.batch.with_parts({{start, rows}});
            chunk.projected.assign(whole.projected.begin() + start * whole.width(),
                                   whole.projected.begin() + (start + rows) * whole.width());
            const RotaryCase::Result result = chunk.run(0, chunks.cache);
            chunks.query.insert(chunks.query.end(), result.query.begin(), result.query.end());
            chunks.cache = result.cache;
            start += rows;
        }
        EXPECT_EQ(chunks.query, expected.query);
        EXPECT_EQ(chunks.cache, expected.cache);
    }
}

TEST(QkvRotary, NumbersThatAreNoneStayInTheirRow) {
    RotaryCase batch(Llama, {{0, 20}}, 50);
    const RotaryCase::Result clean = batch.run();
    for (int c = 0; c < batch.width(); c++)
        batch.projected[product(9, batch.width()) + static_cast<std::size_t>(c)] = c % 2 == 0 ? std::nanf("") : HUGE_VALF;
    const RotaryCase::Result dirty = batch.run();
    for (std::size_t i = 0; i < clean.query.size(); i++)
        EXPECT_EQ(std::isfinite(dirty.query[i]), i / 256 != 9);
    std::size_t different = 0;
    for (std::size_t i = 0; i < clean.cache.size(); i++)
        different += clean.cache[i] == dirty.cache[i] ? 0 : 1;
    EXPECT_EQ(different, 2u * 2u * 128u);
}

TEST(QkvRotary, BeyondTheRangeOfFloat16TheCacheHoldsInfinity) {
    RotaryCase batch(Llama, {{0, 1}}, 51);
    batch.projected[product(batch.width(), 1) - 1] = 70000.0f;
    EXPECT_EQ(to_float(batch.run().cache[Llama.value_at(batch.batch.block_of(0, 0, Llama), 1, 0, 127)]), HUGE_VALF);
}

TEST(QkvRotary, AWholePromptMovesInWholeSectors) {
    const RotaryCase batch(Llama, {{0, 32}}, 60);
    const Counting counting;
    (void)batch.run();
    const unimed_counters counters = counting.counters();
    EXPECT_EQ(counters.global_store_bytes, 32u * (256u * 4u + 512u * 2u));
    EXPECT_EQ(counters.global_store_sectors * 32, counters.global_store_bytes);
    // Of each row once the projections and its angles; besides, a few integers.
    EXPECT_EQ(counters.global_load_distinct_sectors * 32, 32u * (768u * 4u + 2u * 64u * 4u) + 3u * 32u);
    EXPECT_EQ(counters.shared_load_conflicts + counters.shared_store_conflicts, 0u);
}

// q_proj, k_proj and v_proj one below the other are one matrix for the linear kernels, and one fragment-order matrix after the other where
// their rows are whole tiles.
TEST(QkvRotary, StackedProjectionsAreOneMatrixInFragmentOrder) {
    constexpr int In = 40;
    const std::vector<float> values = random_values(product(96, In), 70);
    std::vector<std::uint16_t> weight;
    for (const float value : values)
        weight.push_back(to_float16(value).bits);
    std::vector<std::uint8_t> stacked(unimed_fragment_bytes(96, In)), apart(stacked.size());
    unimed_repack_linear(weight.data(), 96, In, stacked.data());
    std::size_t at = 0;
    int first = 0;
    for (const int rows : {64, 16, 16}) {
        unimed_repack_linear(weight.data() + first * In, rows, In, apart.data() + at);
        at += unimed_fragment_bytes(rows, In);
        first += rows;
    }
    EXPECT_EQ(apart, stacked);
}

} // namespace
} // namespace unimed
