#pragma once

#include <cstdint>

#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "primitives/target.h"

namespace unimed {

/// Two fp32 numbers rounded to nearest even, as a register of an mma holds them: the first in the low half.
template <class Element>
UNIMED_DEVICE std::uint32_t pack_pair(float low, float high);

template <>
UNIMED_DEVICE std::uint32_t pack_pair<Float16>(float low, float high) {
#ifdef UNIMED_GPU
    std::uint32_t pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#else
    return to_float16(low).bits | static_cast<std::uint32_t>(to_float16(high).bits) << 16;
#endif
}

template <>
UNIMED_DEVICE std::uint32_t pack_pair<BFloat16>(float low, float high) {
#ifdef UNIMED_GPU
    std::uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#else
    return to_bfloat16(low).bits | static_cast<std::uint32_t>(to_bfloat16(high).bits) << 16;
#endif
}

/// Widens one stored number exactly.
UNIMED_DEVICE float widen(Float16 value) {
#ifdef UNIMED_GPU
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value.bits));
    return wide;
#else
    return to_float(value);
#endif
}

UNIMED_DEVICE float widen(BFloat16 value) {
#ifdef UNIMED_GPU
    return __uint_as_float(static_cast<std::uint32_t>(value.bits) << 16);
#else
    return to_float(value);
#endif
}

/// The low (0) or high (1) number of a pair, widened exactly.
template <class Element>
UNIMED_DEVICE float widen_half(std::uint32_t pair, int half) {
    return widen(Element{static_cast<std::uint16_t>(half == 0 ? pair & 0xFFFFu : pair >> 16)});
}

} // namespace unimed
