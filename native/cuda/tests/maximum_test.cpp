#include <cmath>

#include <gtest/gtest.h>

#include "primitives/maximum.h"

namespace unimed {
namespace {

TEST(Maximum, IsTheLargerNumber) {
    for (const auto maximum :
         {+[](float a, float b) { return maximum_number(a, b); }, +[](float a, float b) { return maximum_or_nan(a, b); }}) {
        EXPECT_EQ(maximum(1.0f, 2.0f), 2.0f);
        EXPECT_EQ(maximum(2.0f, 1.0f), 2.0f);
        EXPECT_EQ(maximum(-1.0f, -2.0f), -1.0f);
        EXPECT_EQ(maximum(-HUGE_VALF, -3.0f), -3.0f);
        EXPECT_EQ(maximum(-HUGE_VALF, HUGE_VALF), HUGE_VALF);
        EXPECT_EQ(maximum(-HUGE_VALF, -HUGE_VALF), -HUGE_VALF);
    }
}

TEST(Maximum, PlusZeroIsAboveMinusZero) {
    EXPECT_FALSE(std::signbit(maximum_or_nan(0.0f, -0.0f)));
    EXPECT_FALSE(std::signbit(maximum_or_nan(-0.0f, 0.0f)));
    EXPECT_TRUE(std::signbit(maximum_or_nan(-0.0f, -0.0f)));
}

TEST(Maximum, ANaNLosesOrWins) {
    const float nan = std::nanf("");
    EXPECT_EQ(maximum_number(nan, -5.0f), -5.0f);
    EXPECT_EQ(maximum_number(-5.0f, nan), -5.0f);
    EXPECT_TRUE(std::isnan(maximum_number(nan, nan)));
    EXPECT_TRUE(std::isnan(maximum_or_nan(nan, HUGE_VALF)));
    EXPECT_TRUE(std::isnan(maximum_or_nan(-HUGE_VALF, nan)));
    EXPECT_TRUE(std::isnan(maximum_or_nan(nan, nan)));
}

} // namespace
} // namespace unimed
