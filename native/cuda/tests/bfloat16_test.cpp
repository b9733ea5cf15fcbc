#include "primitives/bfloat16.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace unimed {
namespace {

constexpr float Infinity = std::numeric_limits<float>::infinity();

static_assert(to_bfloat16(1.0f) == BFloat16{0x3F80});
static_assert(to_float(BFloat16{0x4049}) == 3.140625f);

TEST(BFloat16, EveryPatternIsTheUpperHalfOfItsValueAndNarrowsBack) {
    for (std::uint32_t pattern = 0; pattern <= 0xFFFF; pattern++) {
        const float widened = to_float(BFloat16{static_cast<std::uint16_t>(pattern)});
        ASSERT_EQ(std::bit_cast<std::uint32_t>(widened), pattern << 16);
        ASSERT_EQ(to_bfloat16(widened).bits, std::isnan(widened) ? pattern | 0x40 : pattern) << std::hex << pattern;
    }
}

TEST(BFloat16, BetweenNeighboursTheNearerIsTakenAndTheEvenOneFromTheMiddle) {
    // The last upper neighbour is infinity: its place would be 2^128, and the middle before it rounds to it, being even.
    for (std::uint32_t lower = 0; lower < 0x7F80; lower++) {
        const std::uint32_t upper = lower + 1;
        const float middle = std::bit_cast<float>((lower << 16) + 0x8000);
        const std::uint32_t even = (lower & 1) == 0 ? lower : upper;
        ASSERT_EQ(to_bfloat16(middle).bits, even) << std::hex << lower;
        ASSERT_EQ(to_bfloat16(std::nextafter(middle, 0.0f)).bits, lower) << std::hex << lower;
        ASSERT_EQ(to_bfloat16(std::nextafter(middle, Infinity)).bits, upper) << std::hex << lower;
        ASSERT_EQ(to_bfloat16(-middle).bits, even | 0x8000) << std::hex << lower;
    }
}

TEST(BFloat16, AllMagnitudesRoundAsDoublePrecisionSaysTheyMust) {
    // A prime step visits every exponent with many fractions; 0x7F800000 is infinity.
    for (std::uint32_t bits = 0; bits < 0x7F800000; bits += 4099) {
        const float value = std::bit_cast<float>(bits);
        const int unit = std::max(value == 0 ? -126 : std::ilogb(value), -126) - 7;
        const double rounded = std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(value), -unit)), unit);
        const double expected = rounded >= std::ldexp(1.0, 128) ? static_cast<double>(Infinity) : rounded;
        ASSERT_EQ(static_cast<double>(to_float(to_bfloat16(value))), expected) << value;
    }
}

TEST(BFloat16, ExtremesKeepTheirSign) {
    EXPECT_EQ(to_bfloat16(Infinity).bits, 0x7F80);
    EXPECT_EQ(to_bfloat16(-Infinity).bits, 0xFF80);
    EXPECT_EQ(to_bfloat16(-std::numeric_limits<float>::max()).bits, 0xFF80);
    EXPECT_EQ(to_bfloat16(-0.0f).bits, 0x8000);
    EXPECT_EQ(to_bfloat16(-std::numeric_limits<float>::denorm_min()).bits, 0x8000);
}

TEST(BFloat16, NanStaysNanThoughItsPayloadIsCutOff) {
    EXPECT_EQ(to_bfloat16(std::bit_cast<float>(0x7F800001u)).bits, 0x7FC0);
    EXPECT_EQ(to_bfloat16(std::bit_cast<float>(0xFF80FFFFu)).bits, 0xFFC0);
    EXPECT_EQ(to_bfloat16(std::bit_cast<float>(0x7FFFFFFFu)).bits, 0x7FFF);
}

} // namespace
} // namespace unimed
