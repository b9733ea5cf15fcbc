#pragma once

#include "primitives/shared.h"
#include "primitives/target.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed {

/// The sum over a block of `Warps` warps, in every thread the same bits: over each warp by warp_sum, then over the warps in order. `slots`
/// has room for a number of each warp and belongs to this sum alone until the next barrier.
template <int Warps>
UNIMED_DEVICE float block_sum(float value, Shared<float> slots) {
    const float sum = warp_sum(value);
    if (lane_index() == 0)
        store(slots + warp_index(), sum);
    block_barrier();
    float total = 0;
    UNIMED_UNROLL
    for (int i = 0; i < Warps; i++)
        total += load(slots + i);
    return total;
}

} // namespace unimed
