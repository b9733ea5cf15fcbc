#pragma once

#include <bit>
#include <cstdint>

#include "primitives/target.h"

#ifndef UNIMED_GPU
#include "host/device.h"
#endif

/// Every function here is for whole warps: all 32 lanes call it together.
namespace unimed {

/// The value of lane (own lane xor mask).
template <class T>
UNIMED_DEVICE T shuffle_xor(T value, int mask) {
    static_assert(sizeof(T) == 4);
#ifdef UNIMED_GPU
    return __shfl_xor_sync(0xFFFFFFFFu, value, mask);
#else
    return std::bit_cast<T>(host::shuffle_xor(std::bit_cast<std::uint32_t>(value), static_cast<std::uint32_t>(mask)));
#endif
}

/// The value of lane (own lane + distance), the own value past the end.
template <class T>
UNIMED_DEVICE T shuffle_down(T value, int distance) {
    static_assert(sizeof(T) == 4);
#ifdef UNIMED_GPU
    return __shfl_down_sync(0xFFFFFFFFu, value, static_cast<unsigned>(distance));
#else
    return std::bit_cast<T>(host::shuffle_down(std::bit_cast<std::uint32_t>(value), static_cast<std::uint32_t>(distance)));
#endif
}

/// The value of lane index mod 32.
template <class T>
UNIMED_DEVICE T shuffle_index(T value, int index) {
    static_assert(sizeof(T) == 4);
#ifdef UNIMED_GPU
    return __shfl_sync(0xFFFFFFFFu, value, index);
#else
    return std::bit_cast<T>(host::shuffle_index(std::bit_cast<std::uint32_t>(value), static_cast<std::uint32_t>(index)));
#endif
}

/// warp_index, for branches that a whole warp takes: the compiler sees that all lanes have the same, so it need not bring them together
/// again before an mma. Whole warps only.
UNIMED_DEVICE int uniform_warp_index() {
#ifdef UNIMED_GPU
    return shuffle_index(warp_index(), 0);
#else
    return warp_index();
#endif
}

/// Bit i: the predicate of lane i.
UNIMED_DEVICE std::uint32_t ballot(bool predicate) {
#ifdef UNIMED_GPU
    return __ballot_sync(0xFFFFFFFFu, predicate);
#else
    return host::ballot(predicate);
#endif
}

UNIMED_DEVICE bool any(bool predicate) {
    return ballot(predicate) != 0;
}

UNIMED_DEVICE bool all(bool predicate) {
    return ballot(predicate) == 0xFFFFFFFFu;
}

/// The sum over the warp, in every lane the same bits: pairs 16 lanes apart first, then 8, 4, 2, 1.
UNIMED_DEVICE float warp_sum(float value) {
    UNIMED_UNROLL
    for (int mask = 16; mask > 0; mask /= 2)
        value += shuffle_xor(value, mask);
    return value;
}

/// The largest value of the warp; a NaN is left out unless all are.
UNIMED_DEVICE float warp_max(float value) {
    UNIMED_UNROLL
    for (int mask = 16; mask > 0; mask /= 2) {
        const float other = shuffle_xor(value, mask);
        value = value >= other || other != other ? value : other;
    }
    return value;
}

} // namespace unimed
