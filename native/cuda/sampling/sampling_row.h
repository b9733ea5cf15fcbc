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
    /// 1 keeps all.
    float top_p;
    /// 1 does nothing.
    float repetition_penalty;
    int min_length;
    int eos_token_id;
    std::uint32_t seed_low;
    std::uint32_t seed_high;
};

static_assert(sizeof(SamplingRow) == 36);

} // namespace unimed::sampling
