// Linear layers for prompts and images: y [tokens, out] = epilogue(x [tokens, in] W^T + bias) + residual; weights f16 or bf16 in fragment
// order, activations fp32. Three launches, the third where K is split over blocks.
//
//   kernel                           what                                                threads  grid (x, y, z)
//   linear_operands_{f16,bf16}       x to B operands (operand_order.h)                   256      token tiles, ceil(stages / 4)
//   linear_{f16,bf16}_w{64,96,128}   n = 64, 96, 128 tokens, 128 weight rows a block     256      ceil(tokens / n), ceil(tiles / 8), splits
//   linear_sum                       y of the parts that split launches leave            256      ceil(tokens / 8), ceil(tiles / 8)
//   tiles = ceil(out / 16), or ceil(intermediate / 8) for the gated pair of SwiGLU (where `out` is the intermediate size); token tiles: of
//   whole blocks of the product that follows; stages = ceil(in / 64).
//
// Work: 2 * tokens * in * out FLOPs (twice that for the gated pair), both sides filled up to whole blocks. Bytes: 2 * in * out of weights
// for each block of tokens, the second time from L2, where neighbouring blocks meet; operands 2 * in a token, written once, and read from
// L2 for each 128 weight rows; split launches write and read 4 * out bytes a token and part. Shared memory, asked for at launch: 72, 84, 96
// KB, three stages of weights and operands.
// Trick: everything lies in the order in which lanes want it, so cp.async brings whole stages without a register, every shared access is
// 512 neighbouring bytes of a warp, and of the instructions of the loop most are products. K is always split at the places of linear.cu and
// the slices' sums are added in the same order: a token has the same bits from every kernel, split or not.

#include "linear/half_stages.h"
#include "linear/wide.h"
#include "primitives/kernel.h"

namespace unimed {

template <class Element>
UNIMED_DEVICE void linear_operands(Global<const float> x, Global<Words4> operands, int tokens, int in) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int piece = thread_index() % OperandPieces;
    const int lane = piece % 32;
    const int stage = block_y() * (thread_count() / OperandPieces) + thread_index() / OperandPieces;
    if (stage >= operand_stages(in))
        return;
    const int token = block_x() * OperandTokens + lane / 4;
    const int column = (stage * StageSteps + piece / 32 * PairSteps) * StepColumns + lane % 4 * 4;
    const bool aligned = is_aligned(x, 16) && in % 4 == 0;
    std::uint32_t b[PairSteps][2] = {};
    if (token < tokens) {
        UNIMED_UNROLL
        for (int s = 0; s < PairSteps; s++)
            to_operand<Element>(b[s], load_four(x + static_cast<std::ptrdiff_t>(token) * in, column + s * StepColumns, in, aligned));
    }
    store(operands + operand_index(stage, block_x(), block_count_x()) + piece, Words4{{b[0][0], b[0][1], b[1][0], b[1][1]}});
}

UNIMED_KERNEL(linear_operands_f16, 256, (Global<const float> x, Global<Words4> operands, int tokens, int in)) {
    linear_operands<Float16>(x, operands, tokens, in);
}

UNIMED_KERNEL(linear_operands_bf16, 256, (Global<const float> x, Global<Words4> operands, int tokens, int in)) {
    linear_operands<BFloat16>(x, operands, tokens, in);
}

UNIMED_KERNEL(linear_f16_w64, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<HalfStages<Float16>, 4>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_f16_w96, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<HalfStages<Float16>, 6>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_f16_w128, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<HalfStages<Float16>, 8>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_bf16_w64, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<HalfStages<BFloat16>, 4>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_bf16_w96, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<HalfStages<BFloat16>, 6>(UNIMED_WIDE_ARGUMENTS);
}

UNIMED_KERNEL(linear_bf16_w128, 256, UNIMED_WIDE_PARAMETERS) {
    linear_wide<HalfStages<BFloat16>, 8>(UNIMED_WIDE_ARGUMENTS);
}

/// y of the parts of a split launch with token_tiles token tiles, added in order. A warp takes a token tile and a weight tile.
UNIMED_KERNEL(linear_sum, 256,
              (Global<const Floats4> parts, Global<const float> bias, Global<const float> residual, Global<float> y, int tokens, int out,
               Epilogue epilogue, int token_tiles, int part_count)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const bool gated = epilogue == Epilogue::SwiGlu;
    const int tiles = gated ? (out + 7) / 8 : tile_count(out);
    const int tile = block_y() * (thread_count() / 32) + warp_index();
    if (tile >= tiles)
        return;
    const int lane = lane_index();
    // All are asked for before the first is added.
    Floats4 part[Slices] = {};
    UNIMED_UNROLL
    for (int p = 0; p < Slices; p++)
        if (p < part_count)
            part[p] = load(parts + part_index(p, block_x(), token_tiles, tile, tiles, lane));
    float sum[4] = {};
    UNIMED_UNROLL
    for (int p = 0; p < Slices; p++) {
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++)
            sum[reg] += part[p].value[reg];
    }
    const WideArguments a{{}, bias, {}, residual, y, {}, tokens, 0, out, epilogue, 0};
    UNIMED_UNROLL
    for (int reg = 0; reg < 4; reg++) {
        if (gated && reg >= 2)
            break;
        const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(reg));
        write_output(a, block_x() * TileTokens + static_cast<int>(at.column), tile * (gated ? 8 : TileRows) + static_cast<int>(at.row),
                     sum[reg], sum[reg % 2 + 2]);
    }
}

} // namespace unimed
