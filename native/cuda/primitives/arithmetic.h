#pragma once

#include <cmath>

#include "primitives/target.h"

/// Scalar functions. Kernels are compiled without contraction of a * b + c, on both sides, so that plain operators and those marked exact
/// give the same bits on a card and here; the others agree to the stated error.
namespace unimed {

/// a * b + c, rounded once (exact).
UNIMED_DEVICE float multiply_add(float a, float b, float c) {
#ifdef UNIMED_GPU
    return __fmaf_rn(a, b, c);
#else
    return std::fma(a, b, c);
#endif
}

/// 1 / sqrt(x): a correctly rounded root, then a correctly rounded quotient (exact).
UNIMED_DEVICE float inverse_square_root(float x) {
#ifdef UNIMED_GPU
    return __fdiv_rn(1.0f, __fsqrt_rn(x));
#else
    return 1.0f / std::sqrt(x);
#endif
}

/// e^x, to 2 units in the last place.
UNIMED_DEVICE float exponential(float x) {
#ifdef UNIMED_GPU
    return expf(x);
#else
    return std::exp(x);
#endif
}

/// 2^x with relative error below 2^-22; results below 2^-126 become 0. For softmax, with log2(e) folded into the scores.
UNIMED_DEVICE float exponential2_fast(float x) {
#ifdef UNIMED_GPU
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
    return power;
#else
    const float power = std::exp2(x);
    return power < 0x1p-126f ? 0.0f : power;
#endif
}

/// erf(x), to 2 units in the last place.
UNIMED_DEVICE float error_function(float x) {
#ifdef UNIMED_GPU
    return erff(x);
#else
    return std::erf(x);
#endif
}

/// Exact GELU: x * Phi(x). Computed as x / 2 * (1 + erf(x / sqrt 2)).
UNIMED_DEVICE float gelu(float x) {
    return 0.5f * x * (1.0f + error_function(x * 0.70710678118654752440f));
}

/// x * sigmoid(x).
UNIMED_DEVICE float silu(float x) {
    return x / (1.0f + exponential(-x));
}

} // namespace unimed
