#pragma once

#include "linear/wide_parts.h"
#include "primitives/dependency.h"

namespace unimed {

/// 64 tokens against 64 * RowTiles weight rows, by a block of 4 warps that each take RowTiles tiles of 16 rows. All share the activations,
/// which are converted once and lie in shared memory as B operands.            grid: (ceil(tokens / 64), ceil(tiles / (4 RowTiles)))
template <class Element, int RowTiles>
UNIMED_DEVICE void linear_wide(const LinearArguments &a) {
    constexpr int Warps = 4;
    constexpr int TokenTiles = 8;
    // Steps between two barriers.
    constexpr int Steps = WideSteps;
    constexpr int PrefetchSteps = 16;
    constexpr int Operands = TokenTiles * 32;
    // A lane's operands of two steps for one token tile are 16 bytes; two buffers, one being filled.
    UNIMED_SHARED(activations, Words4, 2 * Operands);

    const int lane = lane_index();
    const int first_token = block_x() * TileTokens * TokenTiles;
    const int first_tile = (block_y() * Warps + warp_index()) * RowTiles;
    const int tiles = a.epilogue == Epilogue::SwiGlu ? (a.out + 7) / 8 : tile_count(a.out);
    const int steps = step_count(a.in);
    const bool aligned = is_aligned(a.x, 16) && a.in % 4 == 0;

    Words4 weights[RowTiles][Steps] = {};
    const auto load_weights = [&](int step) {
        UNIMED_UNROLL
        for (int m = 0; m < RowTiles; m++) {
            UNIMED_UNROLL
            for (int s = 0; s < Steps; s++)
                if (first_tile + m < tiles && step + s < steps)
                    weights[m][s] = load_once(a.weights + fragment_index(first_tile + m, step + s, steps, lane));
        }
    };
    // Four warps keep too few loads under way to hide the way to memory, and have no registers for more; L2 has room. Each of the first
    // lanes asks for one of the lines (8 lanes' worth) that the warp needs PrefetchSteps later.
    const auto prefetch_weights = [&](int step) {
        constexpr int Lines = Steps * 4;
        if (lane < RowTiles * Lines && first_tile + lane / Lines < tiles && step + lane % Lines / 4 < steps)
            prefetch_l2(a.weights + fragment_index(first_tile + lane / Lines, step, steps, lane % Lines * 8));
    };

    WideActivations<Warps, TokenTiles> raw;
    let_next_kernel_start();
    load_weights(0);
    UNIMED_UNROLL
    for (int step = Steps; step < PrefetchSteps; step += Steps)
        prefetch_weights(step);
    wait_for_previous_kernels();
    load_activations(raw, a, first_token, 0, aligned);
    store_operands<Element>(activations, raw);
    block_barrier();

    float total[RowTiles][TokenTiles][4] = {};
    float sum[RowTiles][TokenTiles][4] = {};
    const auto close_slices = [&] {
        UNIMED_UNROLL
        for (int m = 0; m < RowTiles; m++)
            close_slice(total[m], sum[m]);
    };

    int slice_end = slice_steps(a.in);
    int buffer = 0;
    UNIMED_NO_UNROLL
    for (int step = 0; step < steps; step += Steps) {
        if (step == slice_end) {
            close_slices();
            slice_end += slice_steps(a.in);
        }
        Words4 now[RowTiles][Steps];
        UNIMED_UNROLL
        for (int m = 0; m < RowTiles; m++) {
            UNIMED_UNROLL
            for (int s = 0; s < Steps; s++)
                now[m][s] = weights[m][s];
        }
        prefetch_weights(step + PrefetchSteps);
        const bool more = step + Steps < steps;
        if (more) {
            load_weights(step + Steps);
            load_activations(raw, a, first_token, step + Steps, aligned);
        }
        UNIMED_UNROLL
        for (int n = 0; n < TokenTiles; n++) {
            const Words4 pair = load(activations + buffer * Operands + n * 32 + lane);
            UNIMED_UNROLL
            for (int s = 0; s < Steps; s++) {
                if (step + s >= steps)
                    break;
                const std::uint32_t b[2] = {pair.word[2 * s], pair.word[2 * s + 1]};
                UNIMED_UNROLL
                for (int m = 0; m < RowTiles; m++)
                    if (first_tile + m < tiles)
                        mma_m16n8k16<Element>(sum[m][n], now[m][s].word, b);
            }
        }
        buffer = 1 - buffer;
        if (more)
            store_operands<Element>(activations + buffer * Operands, raw);
        block_barrier();
    }
    close_slices();

    UNIMED_UNROLL
    for (int m = 0; m < RowTiles; m++) {
        if (first_tile + m >= tiles)
            break;
        write_wide_sums<Warps>(a, as<float>(activations), first_tile + m, first_token, total[m]);
    }
}

} // namespace unimed
