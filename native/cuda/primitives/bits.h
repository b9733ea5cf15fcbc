#pragma once

#include <bit>
#include <cstdint>

#include "primitives/target.h"

namespace unimed {

/// The bits of a number, and the number of these bits.
UNIMED_DEVICE std::uint32_t bits_of(float value) {
#ifdef UNIMED_GPU
    return __float_as_uint(value);
#else
    return std::bit_cast<std::uint32_t>(value);
#endif
}

UNIMED_DEVICE float float_of(std::uint32_t bits) {
#ifdef UNIMED_GPU
    return __uint_as_float(bits);
#else
    return std::bit_cast<float>(bits);
#endif
}

/// How many bits are set.
UNIMED_DEVICE int count_ones(std::uint32_t bits) {
#ifdef UNIMED_GPU
    return __popc(bits);
#else
    return std::popcount(bits);
#endif
}

} // namespace unimed
