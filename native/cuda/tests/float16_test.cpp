#include "primitives/float16.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace unimed {
namespace {

constexpr float Infinity = std::numeric_limits<float>::infinity();

static_assert(to_float16(1.0f) == Float16{0x3C00});
static_assert(to_float(Float16{0x3555}) == 0x1.554p-2f);

bool is_nan(std::uint32_t pattern) {
    return (pattern & 0x7C00) == 0x7C00 && (pattern & 0x3FF) != 0;
}

// The number a pattern stands for, by the standard's formula.
double value_of(std::uint32_t pattern) {
    const double sign = (pattern & 0x8000) != 0 ? -1 : 1;
    const int exponent = static_cast<int>((pattern >> 10) & 31);
    const double fraction = static_cast<double>(pattern & 1023);
    if (exponent == 31)
        return sign * static_cast<double>(Infinity);
    return exponent == 0 ? sign * std::ldexp(fraction, -24) : sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Float16, EveryPatternWidensToItsValueAndNarrowsBack) {
    for (std::uint32_t pattern = 0; pattern <= 0xFFFF; pattern++) {
        const float widened = to_float(Float16{static_cast<std::uint16_t>(pattern)});
        if (is_nan(pattern)) {
            ASSERT_TRUE(std::isnan(widened)) << std::hex << pattern;
            ASSERT_EQ(to_float16(widened).bits, pattern | 0x200) << std::hex << pattern;
            continue;
        }
        ASSERT_EQ(static_cast<double>(widened), value_of(pattern)) << std::hex << pattern;
        ASSERT_EQ(std::signbit(widened), (pattern & 0x8000) != 0) << std::hex << pattern;
        ASSERT_EQ(to_float16(widened).bits, pattern) << std::hex << pattern;
    }
}

TEST(Float16, BetweenNeighboursTheNearerIsTakenAndTheEvenOneFromTheMiddle) {
    for (std::uint32_t lower = 0; lower < 0x7BFF; lower++) {
        const std::uint32_t upper = lower + 1;
        const float middle = static_cast<float>((value_of(lower) + value_of(upper)) / 2);
        const std::uint32_t even = (lower & 1) == 0 ? lower : upper;
        ASSERT_EQ(to_float16(middle).bits, even) << std::hex << lower;
        ASSERT_EQ(to_float16(std::nextafter(middle, 0.0f)).bits, lower) << std::hex << lower;
        ASSERT_EQ(to_float16(std::nextafter(middle, Infinity)).bits, upper) << std::hex << lower;
        ASSERT_EQ(to_float16(-middle).bits, even | 0x8000) << std::hex << lower;
    }
}

TEST(Float16, AllMagnitudesRoundAsDoublePrecisionSaysTheyMust) {
    // A prime step visits every exponent with many fractions; 0x7F800000 is infinity.
    for (std::uint32_t bits = 0; bits < 0x7F800000; bits += 4099) {
        const float value = std::bit_cast<float>(bits);
        const int unit = std::max(value == 0 ? -14 : std::ilogb(value), -14) - 10;
        const double rounded = std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(value), -unit)), unit);
        const double expected = rounded > 65504 ? static_cast<double>(Infinity) : rounded;
        ASSERT_EQ(static_cast<double>(to_float(to_float16(value))), expected) << value;
    }
}

TEST(Float16, WhatIsTooLargeBecomesInfinity) {
    EXPECT_EQ(to_float16(65504.0f).bits, 0x7BFF);
    EXPECT_EQ(to_float16(std::nextafter(65520.0f, 0.0f)).bits, 0x7BFF);
    EXPECT_EQ(to_float16(65520.0f).bits, 0x7C00);
    EXPECT_EQ(to_float16(-65520.0f).bits, 0xFC00);
    EXPECT_EQ(to_float16(65536.0f).bits, 0x7C00);
    EXPECT_EQ(to_float16(std::numeric_limits<float>::max()).bits, 0x7C00);
    EXPECT_EQ(to_float16(Infinity).bits, 0x7C00);
    EXPECT_EQ(to_float16(-Infinity).bits, 0xFC00);
}

TEST(Float16, WhatIsTooSmallBecomesZeroOfItsSign) {
    EXPECT_EQ(to_float16(0x1p-25f).bits, 0x0000);
    EXPECT_EQ(to_float16(std::nextafter(0x1p-25f, 1.0f)).bits, 0x0001);
    EXPECT_EQ(to_float16(-0x1p-25f).bits, 0x8000);
    EXPECT_EQ(to_float16(std::numeric_limits<float>::denorm_min()).bits, 0x0000);
    EXPECT_EQ(to_float16(-0.0f).bits, 0x8000);
}

TEST(Float16, NanStaysNan) {
    EXPECT_EQ(to_float16(std::bit_cast<float>(0x7F800001u)).bits, 0x7E00);
    EXPECT_EQ(to_float16(std::bit_cast<float>(0xFF800001u)).bits, 0xFE00);
    EXPECT_EQ(to_float16(std::bit_cast<float>(0x7FFFFFFFu)).bits, 0x7FFF);
}

} // namespace
} // namespace unimed
