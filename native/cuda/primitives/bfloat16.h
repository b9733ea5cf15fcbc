#pragma once

#include <bit>
#include <cstdint>

namespace unimed {

/// bfloat16 as it is stored: the upper half of a binary32.
struct BFloat16 {
    std::uint16_t bits;

    friend constexpr bool operator==(BFloat16, BFloat16) = default;
};

/// Widens exactly. A NaN keeps its sign and payload.
[[nodiscard]] constexpr float to_float(BFloat16 value) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

/// Narrows, rounding to nearest, ties to even; what rounds beyond the largest number becomes infinity. A NaN keeps its sign and the upper
/// part of its payload, and becomes quiet.
[[nodiscard]] constexpr BFloat16 to_bfloat16(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
        return {static_cast<std::uint16_t>((bits >> 16) | 0x0040u)};
    return {static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16)};
}

} // namespace unimed
