#pragma once

#include <cmath>

#include "primitives/target.h"

namespace unimed {

/// The larger of two numbers; a NaN loses against a number. Which zero is given of two is open.
UNIMED_DEVICE float maximum_number(float a, float b) {
#ifdef UNIMED_GPU
    return fmaxf(a, b);
#else
    return std::fmax(a, b);
#endif
}

/// The larger of two numbers, +0 above -0; a NaN when either is.
UNIMED_DEVICE float maximum_or_nan(float a, float b) {
#ifdef UNIMED_GPU
    float larger;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(larger) : "f"(a), "f"(b));
    return larger;
#else
    if (std::isnan(a) || std::isnan(b))
        return a + b;
    if (a == b)
        return std::signbit(a) ? b : a;
    return a > b ? a : b;
#endif
}

} // namespace unimed
