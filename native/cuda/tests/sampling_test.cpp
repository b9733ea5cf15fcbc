#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "sampling/fixed_point.h"
#include "sampling/row_parts.h"
#include "sampling/row_search.h"
#include "tests/device.h"
#include "tests/plain_sampler.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

using sampling::SamplingRow;

constexpr float Infinity = std::numeric_limits<float>::infinity();
constexpr float None = std::numeric_limits<float>::quiet_NaN();
constexpr SamplingRow Greedy{0, 1, 0, 0, 1, 0, 0, 0, 0};

std::uint32_t drop_units(float top_p) {
    return static_cast<std::uint32_t>((1 - top_p) * 0x1p24f);
}

SamplingRow draw_with(float temperature, int top_k, float top_p, std::uint32_t seed) {
    return {1, temperature, top_k, drop_units(top_p), 1, 0, 0, seed, 0};
}

struct Sampled {
    std::vector<int> ids;
    std::vector<float> log_probabilities;

    friend bool operator==(const Sampled &, const Sampled &) = default;
};

// Rows of logits, each with its parameters and history.
struct Batch {
    int vocabulary;
    std::vector<float> logits;
    std::vector<SamplingRow> parameters;
    std::vector<std::vector<int>> histories;

    void add(const std::vector<float> &row, const SamplingRow &how, const std::vector<int> &history = {}) {
        logits.insert(logits.end(), row.begin(), row.end());
        parameters.push_back(how);
        histories.push_back(history);
    }

    [[nodiscard]] std::vector<float> row(std::size_t index) const {
        const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(index) * vocabulary;
        return {begin, begin + vocabulary};
    }

    [[nodiscard]] Sampled run(std::vector<unimed_counters> *counters = nullptr) const {
        std::vector<int> history, offsets{0};
        for (const auto &each : histories) {
            history.insert(history.end(), each.begin(), each.end());
            offsets.push_back(static_cast<int>(history.size()));
        }
        const std::size_t rows = parameters.size();
        const DeviceArray<float> device_logits(logits);
        const DeviceArray<SamplingRow> device_parameters(parameters);
        const DeviceArray<int> device_history(history), device_offsets(offsets);
        // Without a row that draws there is no scratch.
        const bool draws = std::ranges::any_of(parameters, [](const SamplingRow &how) { return how.do_sample != 0; });
        const std::size_t parts = static_cast<std::size_t>(vocabulary + sampling::PartTokens - 1) / sampling::PartTokens;
        const std::size_t scratch = draws ? logits.size() : 0, of_parts = draws ? rows * parts : 0;
        DeviceArray<sampling::RowPart> row_parts(rows * parts);
        DeviceArray<std::uint32_t> keys(scratch), maxima(of_parts * sampling::PartThreads);
        DeviceArray<std::uint64_t> weights(scratch), totals(of_parts);
        DeviceArray<int> tokens(scratch), ids(rows);
        DeviceArray<float> log_probabilities(rows);

        std::optional<Counting> counting;
        if (counters != nullptr)
            counting.emplace();
        const auto run = [&](const char *kernel, Grid grid, std::uint32_t threads, auto... arguments) {
            launch(kernel, grid, threads, arguments...);
            if (counters != nullptr)
                counters->push_back(counting->counters());
        };
        const Grid each_row{static_cast<std::uint32_t>(rows)},
            each_part{static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(parts)};
        run("sample_scores", each_part, sampling::PartThreads, device_logits.constant(), device_parameters.constant(),
            device_history.constant(), device_offsets.constant(), keys.global(), maxima.global(), row_parts.global(), vocabulary);
        if (draws) {
            run("sample_weights", each_part, sampling::PartThreads, device_parameters.constant(), keys.constant(), row_parts.constant(),
                weights.global(), totals.global(), vocabulary);
            run("sample_draw", each_row, sampling::DrawThreads, device_logits.constant(), device_parameters.constant(),
                device_offsets.constant(), row_parts.constant(), keys.global(), weights.global(), tokens.global(), maxima.constant(),
                totals.constant(), ids.global(), log_probabilities.global(), vocabulary);
        } else {
            run("sample_best", each_row, 32, device_logits.constant(), row_parts.constant(), ids.global(), log_probabilities.global(),
                vocabulary);
        }
        return {ids.download(), log_probabilities.download()};
    }

    void check() const {
        const Sampled sampled = run();
        for (std::size_t i = 0; i < parameters.size(); i++) {
            const PlainSampler plain(row(i), parameters[i], histories[i]);
            const SamplingRow &how = parameters[i];
            ASSERT_EQ(sampled.ids[i], plain.token())
                << "row " << i << ", vocabulary " << vocabulary << ", sample " << how.do_sample << ", temperature " << how.temperature
                << ", top-k " << how.top_k << ", drop units " << how.drop_units << ", penalty " << how.repetition_penalty << ", history of "
                << histories[i].size();
            const double expected = plain.log_probability(sampled.ids[i]);
            if (std::isfinite(expected))
                EXPECT_NEAR(sampled.log_probabilities[i], expected,
                            (std::abs(expected) + 1) * 0x1p-22 + std::abs(static_cast<double>(row(i)[0])) * 0x1p-23);
            else
                EXPECT_EQ(std::isnan(sampled.log_probabilities[i]), std::isnan(expected));
        }
    }
};

TEST(Sampling, IsThePlainSamplerForRandomRows) {
    std::mt19937 generator(41);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(generator); };
    const auto any = [&](float low, float high) { return std::uniform_real_distribution(low, high)(generator); };
    for (const int vocabulary : {1, 2, 5, 33, 512, 1000, 1024, 2051, 5003}) {
        Batch batch{vocabulary, {}, {}, {}};
        for (int trial = 0; trial < 24; trial++) {
            std::vector<float> row =
                random_values(static_cast<std::size_t>(vocabulary), static_cast<std::uint32_t>(vocabulary * 100 + trial), any(0.1f, 6));
            if (trial % 3 == 0)
                for (float &value : row) // many equals
                    value = std::round(value);
            SamplingRow how{pick(0, 3) != 0 ? 1 : 0,
                            pick(0, 2) != 0 ? any(0.2f, 2) : 1,
                            pick(0, 1) * pick(1, vocabulary + 1),
                            pick(0, 2) != 0 ? drop_units(any(0, 1)) : 0,
                            pick(0, 1) != 0 ? any(0.7f, 2) : 1,
                            pick(0, 12),
                            pick(0, vocabulary - 1),
                            static_cast<std::uint32_t>(trial),
                            static_cast<std::uint32_t>(vocabulary)};
            std::vector<int> history(static_cast<std::size_t>(pick(0, 1) * pick(0, 40)));
            for (int &id : history)
                id = pick(0, std::min(vocabulary - 1, 50));
            batch.add(row, how, history);
        }
        batch.check();
    }
}

TEST(Sampling, AFullVocabulary) {
    Batch batch{32000, {}, {}, {}};
    const std::vector<float> row = random_values(32000, 1, 4);
    batch.add(row, Greedy);
    batch.add(row, draw_with(1, 0, 1, 1));
    batch.add(row, draw_with(0.7f, 50, 0.9f, 2));
    batch.add(row, draw_with(1.5f, 0, 0.95f, 3));
    batch.check();
}

TEST(Sampling, TheLargestScoreIsTheLowestIdAmongEqualsAndNaNCountsAsLargest) {
    Batch batch{6, {}, {}, {}};
    batch.add({1, 3, 3, 2, 3, 0}, Greedy);
    batch.add({1, None, 3, None, Infinity, 0}, Greedy);
    batch.add({-0.0f, 0, -1, -1, -1, 0}, Greedy);
    batch.add({-Infinity, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity}, Greedy);
    batch.check();
    EXPECT_EQ(batch.run().ids, (std::vector<int>{1, 1, 0, 0}));
}

TEST(Sampling, ATokenOfTheHistoryIsPenalizedOnce) {
    Batch batch{3, {}, {}, {}};
    SamplingRow how = Greedy;
    how.repetition_penalty = 1.5f;
    batch.add({3, 2.1f, 1}, how, {0});
    batch.add({3, 1.9f, 1}, how, {0, 0, 0, 0});
    batch.add({-1, -1.2f, -3}, how, {0, 2});
    EXPECT_EQ(batch.run().ids, (std::vector<int>{1, 0, 1}));
    // The log-probability is that of the logits as they came.
    EXPECT_NEAR(batch.run().log_probabilities[0], 2.1 - std::log(std::exp(3.0) + std::exp(2.1) + std::exp(1.0)), 1e-6);
}

TEST(Sampling, TheEndTokenWaitsForTheLeastLength) {
    Batch batch{3, {}, {}, {}};
    SamplingRow how = Greedy;
    how.min_length = 3;
    how.eos_token_id = 2;
    batch.add({1, 0, 9}, how, {1, 1});
    batch.add({1, 0, 9}, how, {1, 1, 1});
    EXPECT_EQ(batch.run().ids, (std::vector<int>{0, 2}));
}

TEST(Sampling, OfEqualsTopKKeepsAllAndTopPDropsTheLowestIdsFirst) {
    Batch top_k{5, {}, {}, {}}, top_p{8, {}, {}, {}};
    for (std::uint32_t seed = 0; seed < 40; seed++) {
        top_k.add({0, 2, 2, 2, 1}, draw_with(1, 1, 1, seed));
        top_p.add({1, 1, 1, 1, 1, 1, 1, 1}, draw_with(1, 0, 0.5f, seed));
        top_p.add({1, 1, 1, 1, 1, 1, 1, 1}, draw_with(1, 0, 0, seed));
    }
    top_k.check();
    top_p.check();
    std::set<int> ids;
    for (const int id : top_k.run().ids)
        ids.insert(id);
    EXPECT_EQ(ids, (std::set<int>{1, 2, 3}));
    const Sampled sampled = top_p.run();
    ids.clear();
    for (std::size_t i = 0; i < sampled.ids.size(); i += 2) {
        ids.insert(sampled.ids[i]);
        EXPECT_EQ(sampled.ids[i + 1], 7);
    }
    EXPECT_EQ(ids, (std::set<int>{4, 5, 6, 7}));
}

TEST(Sampling, SharesThatAreExactlyTheLimitGo) {
    // Equal shares of 1 / n, of which top-p drops a part that is a whole number of them: no share is more than it is by rounding.
    for (const int vocabulary : {12, 24, 48, 100})
        for (const float top_p : {0.5f, 0.25f, 0.75f}) {
            Batch batch{vocabulary, {}, {}, {}};
            for (std::uint32_t seed = 0; seed < 8; seed++)
                batch.add(std::vector<float>(static_cast<std::size_t>(vocabulary), 2), draw_with(1, 0, top_p, seed));
            const Sampled sampled = batch.run();
            const int dropped = static_cast<int>((1 - top_p) * static_cast<float>(vocabulary));
            for (std::uint32_t seed = 0; seed < 8; seed++) {
                const double uniform = static_cast<double>(sampling::philox_bits(seed, 0)) * 0x1p-53;
                EXPECT_EQ(sampled.ids[seed], dropped + static_cast<int>(uniform * (vocabulary - dropped)));
            }
        }
}

TEST(Sampling, WithoutADistributionTheTokenIsStillTheSame) {
    const std::vector<std::vector<float>> rows{{1, None, 3, 3, 0},
                                               {None, None, None, None, None},
                                               {1, Infinity, 2, Infinity, 0},
                                               {1, Infinity, None, 2, 0},
                                               {-Infinity, None, -Infinity, -Infinity, None},
                                               {-Infinity, -Infinity, -Infinity, -Infinity, -Infinity},
                                               {5, -Infinity, 5, -Infinity, -Infinity},
                                               {3e38f, -3e38f, 0, 3e38f, 1}};
    Batch batch{5, {}, {}, {}};
    for (const auto &row : rows)
        for (const int top_k : {0, 1, 3})
            for (const float top_p : {1.0f, 0.6f, 0.0f})
                for (const float temperature : {1.0f, 0.5f})
                    batch.add(row, draw_with(temperature, top_k, top_p, 9));
    batch.check();
}

TEST(Sampling, ARowIsTheSameInAnyBatchOnAnyThreadsInAnyOrder) {
    Batch batch{1024, {}, {}, {}};
    for (std::uint32_t i = 0; i < 10; i++)
        batch.add(random_values(1024, i, 3), i % 3 == 0 ? Greedy : draw_with(0.9f, i % 2 == 0 ? 40 : 0, 0.8f, i), std::vector<int>(i, 3));
    const Sampled all = batch.run();
    const WithThreads threads(3);
    const Reversed reversed;
    EXPECT_EQ(batch.run(), all);
    for (std::size_t i = 0; i < 10; i++) {
        Batch alone{1024, {}, {}, {}};
        alone.add(batch.row(i), batch.parameters[i], batch.histories[i]);
        EXPECT_EQ(alone.run(), (Sampled{{all.ids[i]}, {all.log_probabilities[i]}}));
    }
}

TEST(Sampling, TheCounterOfADrawIsTheLengthOfTheHistory) {
    Batch batch{1000, {}, {}, {}};
    const std::vector<float> flat(1000, 0);
    for (std::size_t length = 0; length < 30; length++)
        batch.add(flat, draw_with(1, 0, 1, 7), std::vector<int>(length, 5));
    const Sampled sampled = batch.run();
    for (std::size_t length = 0; length < 30; length++)
        EXPECT_EQ(sampled.ids[length], static_cast<int>(static_cast<double>(sampling::philox_bits(7, length)) * 0x1p-53 * 1000));
}

TEST(Sampling, PhiloxGivesThePublishedNumbers) {
    // The known answer of Random123 for counter 0 and key 0.
    EXPECT_EQ(sampling::philox_bits(0, 0), (std::uint64_t{0x6627E8D5} << 21) ^ (0xE169C58D >> 11));
}

TEST(Sampling, WeightsAreThoseOfTheSpecification) {
    // The same numbers stand in the test of the C# class FixedPoint.
    EXPECT_EQ(sampling::weight_of(3, 3, 47), std::uint64_t{1} << 47);
    EXPECT_EQ(sampling::weight_of(1e9f, 1e9f, 47), std::uint64_t{1} << 47);
    EXPECT_EQ(sampling::weight_of(1e9f, 0, 47), 0u);
    EXPECT_EQ(sampling::weight_of(0, -Infinity, 47), 0u);
    EXPECT_EQ(sampling::weight_of(Infinity, Infinity, 47), 0u);
    EXPECT_EQ(sampling::weight_of(0, None, 47), 0u);
    EXPECT_EQ(sampling::weight_of(11.5f, 3.14159f, 62), 1081056623784128u);
    EXPECT_EQ(sampling::weight_of(0.1f, -0.7f, 62), 2072164123108208490u);
    EXPECT_EQ(sampling::weight_of(20, 1e-6f, 62), 9505402847u);
    EXPECT_EQ(sampling::weight_bits(32000), 47);
    EXPECT_EQ(sampling::weight_bits(32769), 46);
}

TEST(Sampling, AWeightIsTheExponentialToFortyBitsAndNeverFallsWithTheScore) {
    std::mt19937 generator(7);
    for (int trial = 0; trial < 20000; trial++) {
        const float largest = std::uniform_real_distribution(-60.0f, 60.0f)(generator);
        const float score = largest - std::pow(std::uniform_real_distribution(0.0f, 2.3f)(generator), 4.0f);
        const double exact = std::exp(static_cast<double>(score) - static_cast<double>(largest)) * 0x1p47;
        const std::uint64_t weight = sampling::weight_of(largest, score, 47);
        EXPECT_NEAR(static_cast<double>(weight), exact, exact * 0x1p-39 + 1);
        EXPECT_LE(sampling::weight_of(largest, std::nextafter(score, -Infinity), 62), sampling::weight_of(largest, score, 62));
    }
}

TEST(Sampling, ScoresReadTheLogitsOnceInWholeSectorsAndTouchNoScratchForArgmax) {
    Batch batch{4096, {}, {}, {}};
    batch.add(random_values(4096, 3), Greedy);
    std::vector<unimed_counters> c;
    (void)batch.run(&c);
    ASSERT_EQ(c.size(), 2u);
    // Beside the logits, what every thread reads of its row's parameters and history offsets.
    EXPECT_EQ(c[0].global_load_bytes, 4096u * 4u + 512u * (36u + 8u));
    EXPECT_LE(c[0].global_load_sectors, 4096u * 4u / 32u + 16u * 12u);
    EXPECT_EQ(c[0].global_store_bytes, 2u * 16u);
    EXPECT_EQ(c[0].shared_load_conflicts + c[0].shared_store_conflicts, 0u);
    EXPECT_LE(c[1].global_load_bytes, 2u * 20u + 32u * 4u);
    EXPECT_EQ(c[1].global_store_bytes, 8u);
}

TEST(Sampling, ADrawReadsTheRowOnceAndGoesOnWithWhatCouldBeDrawn) {
    constexpr std::uint64_t Vocabulary = 32000, Parts = 16;
    for (const auto &[top_k, top_p] : {std::pair{50, 0.9f}, std::pair{0, 0.9f}, std::pair{50, 1.0f}}) {
        Batch batch{Vocabulary, {}, {}, {}};
        batch.add(random_values(Vocabulary, 4, 4), draw_with(0.8f, top_k, top_p, 5));
        std::vector<unimed_counters> c;
        (void)batch.run(&c);
        ASSERT_EQ(c.size(), 3u);
        EXPECT_EQ(c[0].global_store_bytes, 4 * Vocabulary + Parts * (4 * 256 + 16));
        EXPECT_EQ(c[1].global_store_bytes, 8 * Vocabulary + Parts * 8);
        EXPECT_LE(c[1].global_load_bytes, 4 * Vocabulary + Parts * 256 * (4 + 12 + 4));
        // Top-k reads maxima 16 times and each key once, top-p each weight once: then what is left, 16 bytes of each token.
        EXPECT_LE(c[2].global_load_bytes, (top_k != 0 ? 11 : 17) * Vocabulary);
        EXPECT_LE(c[2].global_store_bytes, 16 * (top_k != 0 ? 2 * Vocabulary / 500 : Vocabulary / 16) + 8);
    }
}

} // namespace
} // namespace unimed
