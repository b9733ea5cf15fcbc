// Linear layers for up to 32 tokens: y [tokens, out] = epilogue(x [tokens, in] W^T + bias) + residual; weights f16 or bf16 in fragment
// order, activations fp32. More tokens: wide.cu.
//
//   kernel                  tokens a block   weight rows a block   threads   grid (x, y)
//   linear_{f16,bf16}_n8      8                16                  256       ceil(tokens / 8),  tiles
//   linear_{f16,bf16}_n16    16                16                  256       ceil(tokens / 16), tiles
//   linear_{f16,bf16}_n32    32                16                  256       ceil(tokens / 32), tiles
//   tiles = ceil(out / 16), or ceil(intermediate / 8) for the gated pair of SwiGLU (where `out` is the intermediate size).
//
// Work: 2 * tokens * in * out FLOPs (twice that for the gated pair). Bytes: 2 * in * out of weights, each read once up to a block's tokens;
// activations are read again for every row tile, from L2: in * 4 bytes a token and block. At 4096 x 4096 and one token: 33.5 MB,
// against 0.03 GFLOP. Trick: the product is transposed. Weight rows are the 16 rows of an mma and tokens its 8 columns, so one token wastes
// columns of a tensor core that has nothing else to do, and no bytes. Fragment order lets a lane load its operand with one 16-byte access
// straight to registers. K is always split at the same places (slice_steps) and the parts are added in the same order, so a token gets the
// same bits from every kernel of this file and of wide.cu, in any company. Which kernel is best is a question of speed alone.

#include "linear/narrow.h"
#include "primitives/kernel.h"

namespace unimed {

#define UNIMED_LINEAR_PARAMETERS                                                                                                           \
    (Global<const Words4> weights, Global<const float> bias, Global<const float> x, Global<const float> residual, Global<float> y,         \
     int tokens, int in, int out, Epilogue epilogue)
#define UNIMED_LINEAR_ARGUMENTS                                                                                                            \
    { weights, bias, x, residual, y, tokens, in, out, epilogue }

UNIMED_KERNEL(linear_f16_n8, 256, UNIMED_LINEAR_PARAMETERS) {
    linear_narrow<Float16, 1>(UNIMED_LINEAR_ARGUMENTS);
}

UNIMED_KERNEL(linear_f16_n16, 256, UNIMED_LINEAR_PARAMETERS) {
    linear_narrow<Float16, 2>(UNIMED_LINEAR_ARGUMENTS);
}

UNIMED_KERNEL(linear_f16_n32, 256, UNIMED_LINEAR_PARAMETERS) {
    linear_narrow<Float16, 4>(UNIMED_LINEAR_ARGUMENTS);
}

UNIMED_KERNEL(linear_bf16_n8, 256, UNIMED_LINEAR_PARAMETERS) {
    linear_narrow<BFloat16, 1>(UNIMED_LINEAR_ARGUMENTS);
}

UNIMED_KERNEL(linear_bf16_n16, 256, UNIMED_LINEAR_PARAMETERS) {
    linear_narrow<BFloat16, 2>(UNIMED_LINEAR_ARGUMENTS);
}

UNIMED_KERNEL(linear_bf16_n32, 256, UNIMED_LINEAR_PARAMETERS) {
    linear_narrow<BFloat16, 4>(UNIMED_LINEAR_ARGUMENTS);
}

} // namespace unimed
