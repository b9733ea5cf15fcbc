#pragma once

#include "primitives/bits.h"
#include "primitives/global.h"
#include "primitives/shared.h"
#include "primitives/target.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed::connector {

constexpr int ExpertThreads = 256;
/// Tokens of one block.
constexpr int BlockTokens = 64;

/// The tokens of which a block takes its share: those whose routing weight for an expert is not 0 (NaN is not), in order, from the
/// `first`-th on. Lists at most BlockTokens rows in `list`, for all threads of the block, and returns their number.
UNIMED_DEVICE int list_chosen_tokens(Global<const float> routing, int rows, int experts, int expert, int first, Shared<int> list,
                                     Shared<int> counts) {
    constexpr int Warps = ExpertThreads / 32;
    int seen = 0;
    for (int begin = 0; begin < rows && seen < first + BlockTokens; begin += ExpertThreads) {
        const int row = begin + thread_index();
        const bool chosen = row < rows && load(routing + static_cast<std::ptrdiff_t>(row) * experts + expert) != 0.0f;
        const std::uint32_t warp = ballot(chosen);
        if (lane_index() == 0)
            store(counts + warp_index(), count_ones(warp));
        block_barrier();
        int before = seen;
        UNIMED_UNROLL
        for (int w = 0; w < Warps; w++) {
            const int count = load(counts + w);
            before += w < warp_index() ? count : 0;
            seen += count;
        }
        const int place = before + count_ones(warp & ((1u << lane_index()) - 1u)) - first;
        if (chosen && place >= 0 && place < BlockTokens)
            store(list + place, row);
        block_barrier();
    }
    const int count = seen - first;
    return count < 0 ? 0 : count < BlockTokens ? count : BlockTokens;
}

} // namespace unimed::connector
