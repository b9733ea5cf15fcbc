#pragma once

#include <cstdint>

namespace unimed::sampling {

/// How the next token of one row is chosen: the C# record SamplingParameters as it lies in device memory, 36 bytes.
struct SamplingRow {
    /// 0: the largest score; else a draw.
    int do_sample;
    float temperature;
    /// 0 keeps all.
    int top_k;
    /// 1 - top_p in units of 2^-24; 0 keeps all.
    std::uint32_t drop_units;
    /// 1 does nothing.
    float repetition_penalty;
    int min_length;
    int eos_token_id;
    std::uint32_t seed_low;
    std::uint32_t seed_high;
};

static_assert(sizeof(SamplingRow) == 36);

/// What a block found out about its part of a row.
struct RowPart {
    /// The best score of the part: its key, and its token.
    std::uint32_t best_key;
    int best_id;
    /// The key of the largest logit; as the scores may have been changed, another number.
    std::uint32_t largest;
    /// Sum of exp(logit - largest).
    float sum;
};

static_assert(sizeof(RowPart) == 16);

} // namespace unimed::sampling
