#pragma once

#include "linear/quantized_order.h"
#include "linear/wide_parts.h"
#include "primitives/dependency.h"

namespace unimed {

/// linear_wide for weights in blocks: 64 tokens against 64 weight rows, by a block of 4 warps that each take a tile. A block of columns is
/// what lies between two barriers.                                                  grid: (ceil(tokens / 64), ceil(tiles / 4))
template <class Weights>
UNIMED_DEVICE void linear_quantized_wide(const LinearArguments &a) {
    static_assert(BlockSteps == WideSteps && StageBlocks == 2);
    constexpr int Warps = 4;
    constexpr int TokenTiles = 8;
    constexpr int PrefetchStages = 4;
    constexpr int Operands = TokenTiles * 32;
    // Two buffers, one for each block of a stage.
    UNIMED_SHARED(activations, Words4, 2 * Operands);

    const int lane = lane_index();
    const int first_token = block_x() * TileTokens * TokenTiles;
    const int tile = block_y() * Warps + warp_index();
    const int tiles = a.epilogue == Epilogue::SwiGlu ? (a.out + 7) / 8 : tile_count(a.out);
    const int stages = stage_count(a.in);
    const Global<const Words4> weights = a.weights + tile * tile_words<Weights>(stages);
    const bool aligned = is_aligned(a.x, 16) && a.in % 4 == 0;
    const bool mine = tile < tiles;

    // Each of the first lanes asks for one line that the warp needs PrefetchStages later: values, or scales of two stages.
    const auto prefetch_weights = [&](int stage) {
        constexpr int Lines = Weights::StageLoads * 4;
        if (!mine || stage >= stages)
            return;
        if (lane < Lines)
            prefetch_l2(weights + static_cast<std::ptrdiff_t>(stage) * Weights::StageLoads * 32 + lane * 8);
        else if (lane == Lines && stage % 2 == 0)
            prefetch_l2(weights + static_cast<std::ptrdiff_t>(stages) * Weights::StageLoads * 32 + stage * 4);
    };

    WideActivations<Warps, TokenTiles> raw;
    StageWeights<Weights::StageLoads> next = {};
    let_next_kernel_start();
    if (mine && stages > 0)
        next = load_stage<Weights>(weights, 0, stages, lane);
    UNIMED_UNROLL
    for (int stage = 1; stage < PrefetchStages; stage++)
        prefetch_weights(stage);
    wait_for_previous_kernels();
    load_activations(raw, a, first_token, 0, aligned);
    store_operands<Float16>(activations, raw);
    block_barrier();

    float total[TokenTiles][4] = {};
    float sum[TokenTiles][4] = {};
    const int slice_stages = slice_steps(a.in) / StageSteps;
    int slice_end = slice_stages;
    UNIMED_NO_UNROLL
    for (int stage = 0; stage < stages; stage++) {
        if (stage == slice_end) {
            close_slice(total, sum);
            slice_end += slice_stages;
        }
        const StageWeights<Weights::StageLoads> now = next;
        prefetch_weights(stage + PrefetchStages);
        if (mine && stage + 1 < stages)
            next = load_stage<Weights>(weights, stage + 1, stages, lane);
        UNIMED_UNROLL
        for (int block = 0; block < StageBlocks; block++) {
            const bool more = block + 1 < StageBlocks || stage + 1 < stages;
            if (more)
                load_activations(raw, a, first_token, (stage * StageBlocks + block + 1) * BlockSteps, aligned);
            if (mine) {
                std::uint32_t operands[BlockSteps][4];
                Weights::unpack(operands, now, block);
                UNIMED_UNROLL
                for (int n = 0; n < TokenTiles; n++) {
                    const Words4 pair = load(activations + block * Operands + n * 32 + lane);
                    float product[4] = {};
                    UNIMED_UNROLL
                    for (int s = 0; s < BlockSteps; s++) {
                        const std::uint32_t b[2] = {pair.word[2 * s], pair.word[2 * s + 1]};
                        mma_m16n8k16<Float16>(product, operands[s], b);
                    }
                    add_scaled(sum[n], product, now.scales, block);
                }
            }
            if (more)
                store_operands<Float16>(activations + (1 - block) * Operands, raw);
            block_barrier();
        }
    }
    close_slice(total, sum);

    if (mine)
        write_wide_sums<Warps>(a, as<float>(activations), tile, first_token, total);
}

} // namespace unimed
