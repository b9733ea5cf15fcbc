#pragma once

#include <cstdint>

#include "primitives/global.h"

namespace unimed {

/// What happens to a sum before it is written.
enum class Epilogue : int {
    None = 0,
    /// Exact GELU of sum + bias.
    Gelu = 1,
    /// silu(gate) * up; tiles hold gate and up together, out counts outputs, there is no bias.
    SwiGlu = 2,
};

/// y = epilogue(x W^T + bias) + residual.
struct LinearArguments {
    /// In fragment order.
    Global<const Words4> weights;
    /// [out], or null.
    Global<const float> bias;
    /// [tokens, in].
    Global<const float> x;
    /// [tokens, out], or null; may be y.
    Global<const float> residual;
    /// [tokens, out].
    Global<float> y;
    int tokens;
    int in;
    int out;
    Epilogue epilogue;
};

} // namespace unimed
