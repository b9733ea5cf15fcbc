#pragma once

#include "linear/arguments.h"
#include "linear/fragment_order.h"
#include "primitives/arithmetic.h"
#include "primitives/half_pair.h"
#include "primitives/mma.h"
#include "primitives/row.h"
#include "primitives/target.h"
#include "primitives/threads.h"

/// What the narrow and the wide kernel share: a token's sums come out of the same operations in the same order in both.
namespace unimed {

/// Tokens of one mma.
constexpr int TileTokens = 8;

/// Four neighbouring activations of a token, as the lane that holds them reads them: zeros past the last token or column.
UNIMED_DEVICE Floats4 load_activations(const LinearArguments &a, int token, int column, bool aligned) {
    if (token >= a.tokens)
        return Floats4{};
    return load_four(a.x + static_cast<std::ptrdiff_t>(token) * a.in, column, a.in, aligned);
}

/// The activations of `Steps` whole steps for TokenTiles tiles of tokens, all asked for before the first is used. Rows and their lengths
/// are multiples of 16 bytes, and all columns are there.
template <int Steps, int TokenTiles>
UNIMED_DEVICE void load_activations(Floats4 (&x)[Steps][TokenTiles], const LinearArguments &a, int first_token, int step) {
    const int lane = lane_index();
    UNIMED_UNROLL
    for (int s = 0; s < Steps; s++) {
        UNIMED_UNROLL
        for (int n = 0; n < TokenTiles; n++) {
            const int token = first_token + n * TileTokens + lane / 4;
            const Global<const float> from = a.x + (static_cast<std::ptrdiff_t>(token) * a.in + (step + s) * StepColumns + lane % 4 * 4);
            x[s][n] = {};
            load_where(token < a.tokens, x[s][n], as<Floats4>(from));
        }
    }
}

/// The B operand of those four.
template <class Element>
UNIMED_DEVICE void to_operand(std::uint32_t (&b)[2], const Floats4 &four) {
    b[0] = pack_pair<Element>(four.value[0], four.value[1]);
    b[1] = pack_pair<Element>(four.value[2], four.value[3]);
}

/// What an epilogue makes of a sum (and, for SwiGLU, of that of up).
UNIMED_DEVICE float activate(Epilogue epilogue, float sum, float up) {
    if (epilogue == Epilogue::Gelu)
        return gelu(sum);
    return epilogue == Epilogue::SwiGlu ? silu(sum) * up : sum;
}

/// Finishes one output: `row` of W for a token, whose sum (and, for SwiGLU, that of up) is complete. The arguments are those of any linear
/// kernel.
template <class Arguments>
UNIMED_DEVICE void write_output(const Arguments &a, int token, int row, float sum, float up) {
    if (token >= a.tokens || row >= a.out)
        return;
    float value = sum;
    if (a.bias)
        value += load(a.bias + row);
    value = activate(a.epilogue, value, up);
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(token) * a.out + row;
    if (a.residual)
        value += load(a.residual + at);
    store(a.y + at, value);
}

} // namespace unimed
