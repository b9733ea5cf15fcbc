#pragma once

#include <cstdint>

#include "primitives/block_reduction.h"
#include "primitives/double_arithmetic.h"
#include "primitives/global.h"
#include "primitives/threads.h"
#include "sampling/sampling_row.h"
#include "sampling/score_key.h"

/// A row is cut into parts of one size, whatever the batch, so that several blocks share it. Parts are joined in their order.
namespace unimed::sampling {

constexpr int PartThreads = 256;
/// Tokens of a thread: t, t + 256, ... of the part.
constexpr int ThreadTokens = 8;
constexpr int PartTokens = PartThreads * ThreadTokens;

UNIMED_DEVICE int part_count(int vocabulary) {
    return (vocabulary + PartTokens - 1) / PartTokens;
}

/// The best score and the key of the largest logit. 16 bytes: of 12 nvcc reads 16 too, behind the last one of an array.
struct RowBest {
    Candidate best;
    std::uint32_t largest;
    std::uint32_t filler;
};

constexpr RowBest NothingYet{{LowestKey, 0x7FFFFFFF}, LowestKey, 0};

UNIMED_DEVICE RowBest join(RowBest a, RowBest b) {
    return {better(a.best, b.best), a.largest > b.largest ? a.largest : b.largest, 0};
}

UNIMED_DEVICE float logit_of_key(std::uint32_t key) {
    return key == HighestKey ? float_of(0x7FC00000u) : score_of_key(key);
}

/// The best of all parts, in every lane. Whole warps only.
UNIMED_DEVICE RowBest best_of_parts(Global<const RowPart> parts, int count) {
    RowBest all = NothingYet;
    for (int i = lane_index(); i < count; i += 32) {
        const RowPart &part = *(parts + i).at;
        all = join(all, {{load(Global<const std::uint32_t>{&part.best_key}), load(Global<const int>{&part.best_id})},
                         load(Global<const std::uint32_t>{&part.largest}),
                         0});
    }
    UNIMED_UNROLL
    for (int mask = 16; mask > 0; mask /= 2)
        all = join(all, shuffle_xor_words(all, mask));
    return all;
}

/// log-softmax's subtrahends, the largest logit and the logarithm of the sum of exponentials over it, taken off a logit. Whole warps only;
/// the same in every lane.
UNIMED_DEVICE float log_probability(Global<const RowPart> parts, int count, std::uint32_t largest, float logit) {
    const float shift = logit_of_key(largest);
    double sum = 0;
    for (int i = lane_index(); i < count; i += 32) {
        const RowPart &part = *(parts + i).at;
        const float own = logit_of_key(load(Global<const std::uint32_t>{&part.largest}));
        sum +=
            static_cast<double>(load(Global<const float>{&part.sum})) * exponential(static_cast<double>(own) - static_cast<double>(shift));
    }
    UNIMED_UNROLL
    for (int mask = 16; mask > 0; mask /= 2)
        sum += shuffle_xor_words(sum, mask);
    return logit - shift - static_cast<float>(natural_logarithm(sum));
}

UNIMED_DEVICE SamplingRow load_row(Global<const SamplingRow> from) {
    const auto at = [&](const auto &field) { return load(Global<std::remove_reference_t<decltype(field)>>{&field}); };
    const SamplingRow &row = *from.at;
    return {at(row.do_sample),  at(row.temperature),  at(row.top_k),    at(row.drop_units), at(row.repetition_penalty),
            at(row.min_length), at(row.eos_token_id), at(row.seed_low), at(row.seed_high)};
}

} // namespace unimed::sampling
