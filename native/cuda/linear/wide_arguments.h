#pragma once

#include "linear/arguments.h"

namespace unimed {

/// y = epilogue(x W^T + bias) + residual for many tokens; x has become operands.
struct WideArguments {
    /// In fragment order.
    Global<const Words4> weights;
    /// [out], or null.
    Global<const float> bias;
    /// In operand order, the token tiles of whole blocks.
    Global<const Words4> operands;
    /// [tokens, out], or null; may be y.
    Global<const float> residual;
    /// [tokens, out]; written by a launch that does not split K.
    Global<float> y;
    /// Sums of slices, for linear_sum; written by a launch that splits K. Part p of a token tile and a weight tile is what an mma leaves in
    /// its lanes: [part][token tile][weight tile][lane].
    Global<Floats4> parts;
    int tokens;
    int in;
    int out;
    Epilogue epilogue;
    /// 1, 2, 4 or 8: how many blocks share the slices of K.
    int splits;
};

/// The parameters of a wide product, and what it makes of them.
#define UNIMED_WIDE_PARAMETERS                                                                                                             \
    (Global<const Words4> weights, Global<const float> bias, Global<const Words4> operands, Global<const float> residual, Global<float> y, \
     Global<Floats4> parts, int tokens, int in, int out, Epilogue epilogue, int splits)
#define UNIMED_WIDE_ARGUMENTS                                                                                                              \
    { weights, bias, operands, residual, y, parts, tokens, in, out, epilogue, splits }

/// Index of a lane's part of a sum.
UNIMED_BOTH constexpr std::ptrdiff_t part_index(int part, int token_tile, int token_tiles, int tile, int tiles, int lane) {
    return ((static_cast<std::ptrdiff_t>(part) * token_tiles + token_tile) * tiles + tile) * 32 + lane;
}

} // namespace unimed
