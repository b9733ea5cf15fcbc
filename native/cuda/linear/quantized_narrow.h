#pragma once

#include "linear/quantized_order.h"
#include "linear/slice_sum.h"
#include "linear/tile.h"
#include "primitives/dependency.h"
#include "primitives/mma.h"
#include "primitives/warp.h"

namespace unimed {

/// linear_narrow for weights in blocks: the same block of 8 warps, the same slices of K.
template <class Weights, int TokenTiles>
UNIMED_DEVICE void linear_quantized_narrow(const LinearArguments &a) {
    // Stages whose weights are under way at once: four loads of 16 bytes, as in linear_narrow.
    constexpr int Ahead = 4 / Weights::StageLoads;
    // Blocks of a stage whose activations are.
    constexpr int Together = TokenTiles == 1 ? StageBlocks : 1;

    const int lane = lane_index();
    const int tile = block_y();
    const int first_token = block_x() * TileTokens * TokenTiles;
    const int stages = stage_count(a.in);
    const int slice_stages = slice_steps(a.in) / StageSteps;
    const int begin = uniform_warp_index() * slice_stages;
    const int end = begin + slice_stages < stages ? begin + slice_stages : stages;
    const Global<const Words4> weights = a.weights + tile * tile_words<Weights>(stages);
    const bool aligned = is_aligned(a.x, 16) && a.in % 4 == 0;

    let_next_kernel_start();
    StageWeights<Weights::StageLoads> next[Ahead] = {};
    UNIMED_UNROLL
    for (int i = 0; i < Ahead; i++)
        if (begin + i < end)
            next[i] = load_stage<Weights>(weights, begin + i, stages, lane);
    // Weights depend on nobody; activations do.
    wait_for_previous_kernels();

    // As in linear_narrow: activations of whole stages are asked for a part ahead.
    const auto is_whole = [&](int stage) { return TokenTiles < 4 && aligned && stage < end && (stage + 1) * StageColumns <= a.in; };
    Floats4 next_x[Together * BlockSteps][TokenTiles];
    bool whole = is_whole(begin);
    if (whole)
        load_activations(next_x, a, first_token, begin * StageSteps);

    float sum[TokenTiles][4] = {};
    UNIMED_NO_UNROLL
    for (int stage = begin; stage < end; stage += Ahead) {
        StageWeights<Weights::StageLoads> now[Ahead];
        UNIMED_UNROLL
        for (int i = 0; i < Ahead; i++) {
            now[i] = next[i];
            if (stage + Ahead + i < end)
                next[i] = load_stage<Weights>(weights, stage + Ahead + i, stages, lane);
        }
        UNIMED_UNROLL
        for (int i = 0; i < Ahead; i++) {
            if (stage + i >= end)
                break;
            // four(s, n) are the activations of a step of the block and a tile of tokens.
            const auto multiply = [&](int block, auto four) {
                std::uint32_t operands[BlockSteps][4];
                Weights::unpack(operands, now[i], block);
                UNIMED_UNROLL
                for (int n = 0; n < TokenTiles; n++) {
                    float product[4] = {};
                    UNIMED_UNROLL
                    for (int s = 0; s < BlockSteps; s++) {
                        std::uint32_t b[2];
                        to_operand<Float16>(b, four(s, n));
                        mma_m16n8k16<Float16>(product, operands[s], b);
                    }
                    add_scaled(sum[n], product, now[i].scales, block);
                }
            };
            if (whole) {
                whole = is_whole(stage + i + 1);
                UNIMED_UNROLL
                for (int part = 0; part < StageBlocks; part += Together) {
                    Floats4 x[Together * BlockSteps][TokenTiles];
                    UNIMED_UNROLL
                    for (int s = 0; s < Together * BlockSteps; s++) {
                        UNIMED_UNROLL
                        for (int n = 0; n < TokenTiles; n++)
                            x[s][n] = next_x[s][n];
                    }
                    if (part + Together < StageBlocks || whole)
                        load_activations(next_x, a, first_token, ((stage + i) * StageBlocks + part + Together) * BlockSteps);
                    UNIMED_UNROLL
                    for (int block = 0; block < Together; block++)
                        multiply(part + block, [&](int s, int n) { return x[block * BlockSteps + s][n]; });
                }
                continue;
            }
            UNIMED_UNROLL
            for (int block = 0; block < StageBlocks; block++) {
                const int column = ((stage + i) * StageBlocks + block) * BlockSteps * StepColumns + lane % 4 * 4;
                multiply(block, [&](int s, int n) {
                    return load_activations(a, first_token + n * TileTokens + lane / 4, column + s * StepColumns, aligned);
                });
            }
        }
    }

    write_slice_sums(a, tile, first_token, sum);
}

} // namespace unimed
