#pragma once

#include <array>
#include <cstdint>

#include "primitives/float16.h"
#include "primitives/target.h"

/// Small integers to Float16, exactly. On a card the bits of the integer are put below those of 1024, whose last place is 1, and 1024 and
/// the integers' offset are taken away again: no conversion instruction.
namespace unimed {

/// Twice the same Float16.
namespace half_pairs {
constexpr std::uint32_t Base = 0x64006400u;
constexpr std::uint32_t BaseBytes = 0x64646464u;
constexpr std::uint32_t One = 0x3C003C00u;
constexpr std::uint32_t Sixteenth = 0x2C002C00u;
constexpr std::uint32_t Minus72 = 0xD480D480u;
constexpr std::uint32_t Minus1032 = 0xE408E408u;
constexpr std::uint32_t Minus1152 = 0xE480E480u;
} // namespace half_pairs

#ifdef UNIMED_GPU
/// a * b + c for two Float16 numbers each.
UNIMED_DEVICE std::uint32_t multiply_add_pair(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    std::uint32_t result;
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
}

/// (a & mask) | bits in one instruction.
UNIMED_DEVICE std::uint32_t mask_and_set(std::uint32_t a, std::uint32_t mask, std::uint32_t bits) {
    std::uint32_t result;
    asm("lop3.b32 %0, %1, %2, %3, 0xEA;" : "=r"(result) : "r"(a), "r"(mask), "r"(bits));
    return result;
}
#else
namespace host {

constexpr std::uint32_t half_pair_of(float value) {
    return to_float16(value).bits * 0x10001u;
}

static_assert(half_pairs::Base == half_pair_of(1024) && half_pairs::One == half_pair_of(1) &&
              half_pairs::Sixteenth == half_pair_of(0.0625f));
static_assert(half_pairs::Minus72 == half_pair_of(-72) && half_pairs::Minus1032 == half_pair_of(-1032) &&
              half_pairs::Minus1152 == half_pair_of(-1152));

/// The Float16 of -128 .. 127.
inline constexpr std::array<std::uint16_t, 256> IntegerHalves = [] {
    std::array<std::uint16_t, 256> halves{};
    for (int value = -128; value < 128; value++)
        halves[static_cast<std::size_t>(value + 128)] = to_float16(static_cast<float>(value)).bits;
    return halves;
}();

inline std::uint32_t integer_pair(std::uint32_t low, std::uint32_t high) {
    return IntegerHalves[low] | static_cast<std::uint32_t>(IntegerHalves[high]) << 16;
}

} // namespace host
#endif

/// Four bytes that hold value + 128, for values -128 .. 127: pair 0 is bytes 0 and 1, pair 1 bytes 2 and 3, the lower byte in the low half.
UNIMED_DEVICE void bytes_to_halves(std::uint32_t (&pairs)[2], std::uint32_t bytes) {
#ifdef UNIMED_GPU
    pairs[0] = multiply_add_pair(__byte_perm(bytes, half_pairs::BaseBytes, 0x4140u), half_pairs::One, half_pairs::Minus1152);
    pairs[1] = multiply_add_pair(__byte_perm(bytes, half_pairs::BaseBytes, 0x4342u), half_pairs::One, half_pairs::Minus1152);
#else
    pairs[0] = host::integer_pair(bytes & 0xFFu, bytes >> 8 & 0xFFu);
    pairs[1] = host::integer_pair(bytes >> 16 & 0xFFu, bytes >> 24);
#endif
}

/// Eight half bytes that hold value + 8, for values -8 .. 7: pair p is half byte p (low half) and half byte p + 4 (high half), counted from
/// the lowest bits.
UNIMED_DEVICE void half_bytes_to_halves(std::uint32_t (&pairs)[4], std::uint32_t half_bytes) {
#ifdef UNIMED_GPU
    // A half byte four places up counts sixteenfold: (1024 + 16 u) / 16 - 72 = u - 8.
    const std::uint32_t upper = half_bytes >> 8;
    pairs[0] = multiply_add_pair(mask_and_set(half_bytes, 0x000F000Fu, half_pairs::Base), half_pairs::One, half_pairs::Minus1032);
    pairs[1] = multiply_add_pair(mask_and_set(half_bytes, 0x00F000F0u, half_pairs::Base), half_pairs::Sixteenth, half_pairs::Minus72);
    pairs[2] = multiply_add_pair(mask_and_set(upper, 0x000F000Fu, half_pairs::Base), half_pairs::One, half_pairs::Minus1032);
    pairs[3] = multiply_add_pair(mask_and_set(upper, 0x00F000F0u, half_pairs::Base), half_pairs::Sixteenth, half_pairs::Minus72);
#else
    for (int p = 0; p < 4; p++)
        pairs[p] = host::integer_pair((half_bytes >> 4 * p & 0xFu) + 120, (half_bytes >> (16 + 4 * p) & 0xFu) + 120);
#endif
}

} // namespace unimed
