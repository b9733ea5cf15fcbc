#pragma once

#include "linear/slice_sum.h"
#include "linear/tile.h"
#include "primitives/dependency.h"
#include "primitives/warp.h"

namespace unimed {

/// Up to 8 * TokenTiles tokens against one tile of 16 weight rows, by a block of 8 warps: each takes one slice of K and streams its weights
/// from memory to registers; then the slices' sums are added in order.        grid: (ceil(tokens / (8 TokenTiles)), tiles)
template <class Element, int TokenTiles>
UNIMED_DEVICE void linear_narrow(const LinearArguments &a) {
    // Steps whose weights are under way at once: the next stages are asked for before these are used. One tile of tokens leaves
    // registers for two stages.
    constexpr int Ahead = TokenTiles == 1 ? 2 * StageSteps : StageSteps;
    // Steps whose activations are: registers for them are few beside four tiles of tokens.
    constexpr int Together = TokenTiles < 4 ? StageSteps : StageSteps / 2;
    UNIMED_SHARED(sums, float, slice_sum_numbers(TokenTiles));

    const int lane = lane_index();
    const int tile = block_y();
    const int first_token = block_x() * TileTokens * TokenTiles;
    const int steps = step_count(a.in);
    const int begin = uniform_warp_index() * slice_steps(a.in);
    const int end = begin + slice_steps(a.in) < steps ? begin + slice_steps(a.in) : steps;
    const Global<const Words4> weights = a.weights + fragment_index(tile, 0, steps, lane);
    const bool aligned = is_aligned(a.x, 16) && a.in % 4 == 0;

    let_next_kernel_start();
    Words4 next[Ahead] = {};
    UNIMED_UNROLL
    for (int s = 0; s < Ahead; s++)
        if (begin + s < end)
            next[s] = load_once(weights + (begin + s) * 32);
    // Weights depend on nobody; activations do.
    wait_for_previous_kernels();

    // Activations of whole stages are asked for a part ahead, where rows are aligned: a branch for each step or lane would part each load
    // from the next by a product.
    const auto is_whole = [&](int step) { return aligned && step + StageSteps <= end && (step + StageSteps) * StepColumns <= a.in; };
    Floats4 next_x[Together][TokenTiles];
    bool whole = is_whole(begin);
    if (whole)
        load_activations(next_x, a, first_token, begin);

    float sum[TokenTiles][4] = {};
    UNIMED_NO_UNROLL
    for (int step = begin; step < end; step += Ahead) {
        Words4 now[Ahead];
        UNIMED_UNROLL
        for (int s = 0; s < Ahead; s++) {
            now[s] = next[s];
            if (step + Ahead + s < end)
                next[s] = load_once(weights + (step + Ahead + s) * 32);
        }
        const auto multiply = [&](int s, int n, const Floats4 &four) {
            std::uint32_t b[2];
            to_operand<Element>(b, four);
            mma_m16n8k16<Element>(sum[n], now[s].word, b);
        };
        UNIMED_UNROLL
        for (int stage = 0; stage < Ahead; stage += StageSteps) {
            if (stage > 0 && step + stage >= end)
                break;
            if (whole) {
                whole = is_whole(step + stage + StageSteps);
                UNIMED_UNROLL
                for (int part = 0; part < StageSteps; part += Together) {
                    Floats4 x[Together][TokenTiles];
                    UNIMED_UNROLL
                    for (int s = 0; s < Together; s++) {
                        UNIMED_UNROLL
                        for (int n = 0; n < TokenTiles; n++)
                            x[s][n] = next_x[s][n];
                    }
                    if (part + Together < StageSteps || whole)
                        load_activations(next_x, a, first_token, step + stage + part + Together);
                    UNIMED_UNROLL
                    for (int s = 0; s < Together; s++) {
                        UNIMED_UNROLL
                        for (int n = 0; n < TokenTiles; n++)
                            multiply(stage + part + s, n, x[s][n]);
                    }
                }
                continue;
            }
            UNIMED_UNROLL
            for (int s = stage; s < stage + StageSteps; s++) {
                if (step + s >= end)
                    break;
                UNIMED_UNROLL
                for (int n = 0; n < TokenTiles; n++)
                    multiply(s, n,
                             load_activations(a, first_token + n * TileTokens + lane / 4, (step + s) * StepColumns + lane % 4 * 4, aligned));
            }
        }
    }

    write_slice_sums(a, sums, tile, first_token, sum);
}

} // namespace unimed
