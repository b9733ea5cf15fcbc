#pragma once

#include <cstdint>

#include "primitives/target.h"

/// The weights of a draw: exponentials as integers, to the bit those of the C# class FixedPoint, the specification of all devices. Sums of
/// integers have no order, and cards whose units for double precision are few need none.
namespace unimed::sampling {

/// What stands for 1 in the part of the probability that top-p drops.
constexpr std::uint32_t DropUnit = 1u << 24;

/// Bits behind the point for weights whose sum over so many tokens stays below 2^62.
UNIMED_BOTH int weight_bits(int tokens) {
    int bits = 62;
    for (std::int64_t most = 1; most < tokens && bits > 31; most *= 2)
        bits--;
    return bits;
}

/// The upper 64 of the 128 bits of a product.
UNIMED_BOTH std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
    const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    const std::uint64_t other = a0 * b1 + (middle & 0xFFFFFFFF);
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

/// The same to two units, from three products of 32 bits instead of four.
UNIMED_BOTH std::uint64_t about_multiply_high(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
    return a1 * b1 + (a1 * b0 >> 32) + (a0 * b1 >> 32);
}

/// 2^-f * 2^63 for a fraction of 64 bits, to 41 bits: the Taylor series of exp(-f ln 2). Coefficients are ln(2)^k / k!, those of the last
/// eight terms times 2^44 in 32 bits, the others times 2^63.
UNIMED_BOTH std::uint64_t power_of_half(std::uint64_t f) {
    const auto upper = static_cast<std::uint32_t>(f >> 32);
    const auto times_upper = [&](std::uint32_t s) { return std::uint64_t{upper} * s; };
    const auto next = [&](std::uint32_t coefficient, std::uint32_t s) {
        return coefficient - static_cast<std::uint32_t>(times_upper(s) >> 32);
    };
    std::uint32_t s = 0x18;
    s = next(0x1C4, s);
    s = next(0x1E8D, s);
    s = next(0x1E4CF, s);
    s = next(0x1B5254, s);
    s = next(0x162C022, s);
    s = next(0xFFE5FE3, s);
    s = next(0xA184897C, s);
    std::uint64_t r = 0x2BB0FFCF14CE62 - (times_upper(s) >> 13);
    r = 0x13B2AB6FBA4E773 -
        (times_upper(static_cast<std::uint32_t>(r >> 32)) + (times_upper(static_cast<std::uint32_t>(r & 0xFFFFFFFF)) >> 32));
    r = 0x71AC235C1282FE3 - about_multiply_high(f, r);
    r = 0x1EBFBDFF82C58EA8 - about_multiply_high(f, r);
    r = 0x58B90BFBE8E7BCD6 - about_multiply_high(f, r);
    return 0x8000000000000000 - about_multiply_high(f, r);
}

/// exp(score - largest) * 2^bits to 40 bits, rounded down; 0 beyond a distance of 64 and for what is no number. Of two scores the larger
/// never has the smaller weight.
UNIMED_BOTH std::uint64_t weight_of(float largest, float score, int bits) {
    const float distance = largest - score;
    // What the subtraction rounded away, exactly.
    const float part = distance - largest;
    const float lost = (largest - (distance - part)) - (score + part);
    if (!(distance < 64.0f))
        return 0;
    // 40 bits behind the point, in pieces of 32 bits: conversions of 64 bits are slow on cards.
    const float scaled = distance * 256.0f;
    const auto upper = static_cast<std::int32_t>(scaled);
    const auto lower = static_cast<std::uint32_t>((scaled - static_cast<float>(upper)) * 4294967296.0f);
    const std::uint64_t away = (std::uint64_t{static_cast<std::uint32_t>(upper)} << 32 | lower) +
                               static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(lost * 1099511627776.0f)));
    // 2^-(integer + fraction): 40 bits behind the point become 55, then 64 for the fraction.
    const std::uint64_t power = about_multiply_high(away << 17, 0x5C551D94AE0BF85E);
    const int shift = static_cast<int>(power >> 55) + 63 - bits;
    return shift > 63 ? 0 : power_of_half(power << 9) >> shift;
}

/// The part of a total that top-p may drop, rounded down.
UNIMED_BOTH std::uint64_t drop_limit(std::uint32_t units, std::uint64_t total) {
    if (units >= DropUnit)
        return total;
    const auto upper = static_cast<std::uint32_t>(total >> 32), lower = static_cast<std::uint32_t>(total);
    return (std::uint64_t{units} * upper << 8) + (std::uint64_t{units} * lower >> 24);
}

} // namespace unimed::sampling
