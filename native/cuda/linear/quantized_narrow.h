#pragma once

#include "linear/quantized_order.h"
#include "linear/slice_operands.h"
#include "linear/slice_sum.h"
#include "primitives/dependency.h"
#include "primitives/mma.h"
#include "primitives/warp.h"

namespace unimed {

/// Up to 8 * TokenTiles tokens against row tiles of weights in blocks: a block of 8 warps, each of which takes one slice of K, goes through
/// every block_count_y()-th tile; after each the slices' sums are added in order. Any number of blocks gives the same bits.
///                                                                           grid: (ceil(tokens / (8 TokenTiles)), up to tiles)
/// Weights go from memory to a ring of registers, `Ahead` stages deep: a place is asked for again as soon as it has been read, at the end
/// of a slice with the next tile's first stages. Activations lie in shared memory as B operands (slice_operands.h): the launch gives it.
template <class Weights, int TokenTiles, int Ahead>
UNIMED_DEVICE void linear_quantized_narrow(const LinearArguments &a) {
    constexpr int ChunkStages = SliceOperands<Float16, TokenTiles>::ChunkStages;
    static_assert(Ahead % ChunkStages == 0);
    UNIMED_SHARED(sums, float, slice_sum_numbers(TokenTiles));

    const int lane = lane_index();
    const int warp = uniform_warp_index();
    const int first_token = block_x() * TileTokens * TokenTiles;
    const int tiles = a.epilogue == Epilogue::SwiGlu ? (a.out + 7) / 8 : tile_count(a.out);
    const int stages = stage_count(a.in);
    const int slice_stages = slice_steps(a.in) / StageSteps;
    // The warp's slice: its first stage, and its stages, none past the end of a short K.
    const int begin = warp * slice_stages;
    const int length = begin + slice_stages < stages ? slice_stages : stages - begin;
    const bool aligned = is_aligned(a.x, 16) && a.in % 4 == 0;

    StageWeights<Weights::StageLoads> ring[Ahead] = {};
    // Asks for what place i holds next: of a tile the stage i after `first` of the slice, where there is one.
    const auto ask = [&](int tile, int first, int i) {
        const LaneStages<Weights> from(a.weights + tile * tile_words<Weights>(stages), begin + first, stages, lane);
        from.load_where(i < (tile < tiles ? length - first : 0), ring[i], i);
    };

    let_next_kernel_start();
    UNIMED_UNROLL
    for (int i = 0; i < Ahead; i++)
        ask(block_y(), 0, i);
    SliceOperands<Float16, TokenTiles> operands(a, first_token, warp, length);
    // Weights depend on nobody; activations do.
    wait_for_previous_kernels();

    UNIMED_NO_UNROLL
    for (int tile = block_y(); tile < tiles; tile += block_count_y()) {
        float sum[TokenTiles][4] = {};
        UNIMED_NO_UNROLL
        for (int first = 0; first < length; first += Ahead) {
            const bool more = first + Ahead < length;
            const int next_tile = more ? tile : tile + block_count_y();
            const int next_first = more ? first + Ahead : 0;
            const int left = length - first;
            UNIMED_UNROLL
            for (int i = 0; i < Ahead; i++) {
                if (i < left) {
                    if (i % ChunkStages == 0)
                        operands.go_to(first + i, a, begin, length, aligned);
                    UNIMED_UNROLL
                    for (int block = 0; block < StageBlocks; block++) {
                        std::uint32_t rows[BlockSteps][4];
                        Weights::unpack(rows, ring[i], block);
                        UNIMED_UNROLL
                        for (int n = 0; n < TokenTiles; n++) {
                            const Words4 pair = operands.pair(n, i % ChunkStages, block);
                            float product[4] = {};
                            UNIMED_UNROLL
                            for (int s = 0; s < BlockSteps; s++) {
                                const std::uint32_t b[2] = {pair.word[2 * s], pair.word[2 * s + 1]};
                                mma_m16n8k16<Float16>(product, rows[s], b);
                            }
                            add_scaled(sum[n], product, ring[i].scales, block);
                        }
                    }
                }
                ask(next_tile, next_first, i);
            }
        }
        // The slices' sums of the tile before have been added.
        block_barrier();
        write_slice_sums(a, sums, tile, first_token, sum);
    }
}

} // namespace unimed
