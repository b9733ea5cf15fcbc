// Linear layers whose weights stay quantized: y [tokens, out] = epilogue(x [tokens, in] W^T + bias) + residual; weights int8 or int4 in
// blocks of 32 columns with one f16 scale each, in the order of quantized_order.h; activations fp32. Arguments are those of linear.cu, of
// w64, w96 and w128 those of wide.cu: linear_operands_f16 comes before them, and linear_sum after them where K is split over blocks.
//
//   kernel                          tokens a block   weight rows           threads   grid (x, y, z)
//   linear_{int8,int4}_n8             8              16, tile after tile   256       ceil(tokens / 8),  up to tiles
//   linear_{int8,int4}_n16           16              16, tile after tile   256       ceil(tokens / 16), up to tiles
//   linear_{int8,int4}_n32           32              16, tile after tile   256       ceil(tokens / 32), up to tiles
//   linear_{int8,int4}_w{64,96,128}  n = 64, 96, 128 128                   256       ceil(tokens / n), ceil(tiles / 8), splits
//   tiles = ceil(out / 16), or ceil(intermediate / 8) for the gated pair of SwiGLU (where `out` is the intermediate size).
//   n8, n16 and n32 take operand_bytes (slice_operands.h) of shared memory from the launch: for all activations of a block's tokens where
//   two blocks fit a multiprocessor with them, else for a part, which is then brought again for each tile. w64, w96 and w128 take
//   WideBlock::SharedBytes: 50, 62, 74 KB (int8) or 38, 50, 66 KB (int4).
//
// Work: 2 * tokens * in * out FLOPs (twice that for the gated pair), in rounded up to 64. Bytes: 1.0625 (int8) or 0.5625 (int4) a weight,
// each read once for up to 8, 16, 32 tokens, or for each block of 64, 96, 128; in * 4 bytes of activations for each token and block of n8,
// n16 and n32 that keeps them, or tile of one that does not; in * 2 bytes of operands for each token and 128 weight rows of w64, w96 and
// w128. At 4096 x 4096 and one token: 17.8 or 9.4 MB.
// Trick: values become f16 in registers by two or three instructions a pair, exactly, and go into the mma as integers; the sum of a block
// of 32 columns is finished in fp32, then multiplied by the block's scale and added in one rounding. So the weights are those of the file,
// with no error of their own: what is rounded is activations (to f16, as in linear.cu, relative error 2^-11) and fp32 sums. (Folding the
// scale into the f16 weight would round 19 bits to 11.) K is split where linear.cu splits it, into parts that are added in the same order,
// and blocks in theirs, so a token gets the same bits from every kernel of a format. Scaling is four instructions for each two products, so
// products are a third of what w64, w96 and w128 issue, at the most.

#include "linear/quantized_narrow.h"
#include "linear/quantized_stages.h"
#include "linear/wide.h"
#include "primitives/kernel.h"

namespace unimed {

#define UNIMED_QUANTIZED_PARAMETERS                                                                                                        \
    (Global<const Words4> weights, Global<const float> bias, Global<const float> x, Global<const float> residual, Global<float> y,         \
     int tokens, int in, int out, Epilogue epilogue)
#define UNIMED_QUANTIZED_ARGUMENTS                                                                                                         \
    { weights, bias, x, residual, y, tokens, in, out, epilogue }

UNIMED_RESIDENT_KERNEL(linear_int8_n8, 256, 2, UNIMED_QUANTIZED_PARAMETERS) {
    linear_quantized_narrow<Int8Weights, 1, 4>(UNIMED_QUANTIZED_ARGUMENTS);
}

UNIMED_RESIDENT_KERNEL(linear_int8_n16, 256, 2, UNIMED_QUANTIZED_PARAMETERS) {
    linear_quantized_narrow<Int8Weights, 2, 4>(UNIMED_QUANTIZED_ARGUMENTS);
}

UNIMED_RESIDENT_KERNEL(linear_int8_n32, 256, 2, UNIMED_QUANTIZED_PARAMETERS) {
    linear_quantized_narrow<Int8Weights, 4, 3>(UNIMED_QUANTIZED_ARGUMENTS);
}

UNIMED_KERNEL(linear_int8_w64, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<QuantizedStages<Int8Weights>, 4>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_int8_w96, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<QuantizedStages<Int8Weights>, 6>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_int8_w128, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<QuantizedStages<Int8Weights>, 8>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_RESIDENT_KERNEL(linear_int4_n8, 256, 2, UNIMED_QUANTIZED_PARAMETERS) {
    linear_quantized_narrow<Int4Weights, 1, 8>(UNIMED_QUANTIZED_ARGUMENTS);
}

UNIMED_RESIDENT_KERNEL(linear_int4_n16, 256, 2, UNIMED_QUANTIZED_PARAMETERS) {
    linear_quantized_narrow<Int4Weights, 2, 6>(UNIMED_QUANTIZED_ARGUMENTS);
}

UNIMED_RESIDENT_KERNEL(linear_int4_n32, 256, 2, UNIMED_QUANTIZED_PARAMETERS) {
    linear_quantized_narrow<Int4Weights, 4, 4>(UNIMED_QUANTIZED_ARGUMENTS);
}

UNIMED_KERNEL(linear_int4_w64, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<QuantizedStages<Int4Weights>, 4>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_int4_w96, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<QuantizedStages<Int4Weights>, 6>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_int4_w128, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<QuantizedStages<Int4Weights>, 8>(UNIMED_WIDE_ARGUMENTS);
}

} // namespace unimed
