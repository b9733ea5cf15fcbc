#pragma once

#include <cmath>

#include "primitives/target.h"

/// Functions of double precision, where a result must not depend on which device computed it: a unit in the last place.
namespace unimed {

UNIMED_DEVICE double exponential(double x) {
#ifdef UNIMED_GPU
    return ::exp(x);
#else
    return std::exp(x);
#endif
}

UNIMED_DEVICE double natural_logarithm(double x) {
#ifdef UNIMED_GPU
    return ::log(x);
#else
    return std::log(x);
#endif
}

} // namespace unimed
