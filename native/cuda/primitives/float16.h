#pragma once

#include <bit>
#include <cstdint>

namespace unimed {

/// IEEE 754 binary16 as it is stored: 1 sign, 5 exponent and 10 fraction bits.
struct Float16 {
    std::uint16_t bits;

    friend constexpr bool operator==(Float16, Float16) = default;
};

/// Widens exactly. A NaN keeps its sign and payload.
[[nodiscard]] constexpr float to_float(Float16 value) {
    const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x8000u) << 16;
    const std::uint32_t exponent = (value.bits >> 10) & 0x1Fu;
    const std::uint32_t fraction = value.bits & 0x3FFu;
    if (exponent == 0x1F)
        return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
    if (exponent != 0)
        return std::bit_cast<float>(sign | ((exponent + 127 - 15) << 23) | (fraction << 13));
    // Subnormals count units of 2^-24; every one is a normal fp32 number, so the product is exact.
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

/// Narrows, rounding to nearest, ties to even; 65520 and above become infinity. A NaN keeps its sign and the upper part of its payload, and
/// becomes quiet.
[[nodiscard]] constexpr Float16 to_float16(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u)
        return {static_cast<std::uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu))};
    if (magnitude >= 0x47800000u) // 2^16 and infinity
        return {static_cast<std::uint16_t>(sign | 0x7C00u)};

    const int exponent = static_cast<int>(magnitude >> 23) - 127;
    std::uint32_t significand = magnitude & 0x7FFFFFu;
    std::uint32_t base = 0;
    int dropped = 13;
    if (exponent >= -14) {
        base = static_cast<std::uint32_t>(exponent + 15) << 10;
    } else {
        if (exponent < -25) // below half of the least subnormal
            return {static_cast<std::uint16_t>(sign)};
        significand |= 0x800000u;
        dropped += -14 - exponent;
    }

    const std::uint32_t kept = base + (significand >> dropped);
    const std::uint32_t rest = significand & ((1u << dropped) - 1);
    const std::uint32_t half = 1u << (dropped - 1);
    // A carry out of the fraction runs into the exponent, which is the next larger number, or infinity.
    const std::uint32_t up = rest > half || (rest == half && (kept & 1u) != 0) ? 1u : 0u;
    return {static_cast<std::uint16_t>(sign | (kept + up))};
}

} // namespace unimed
