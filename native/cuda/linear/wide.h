#pragma once

#include "linear/tile.h"
#include "primitives/dependency.h"
#include "primitives/shared.h"

namespace unimed {

/// 64 tokens against 64 * RowTiles weight rows, by a block of 4 warps that each take RowTiles tiles of 16 rows. All share the activations,
/// which are converted once and lie in shared memory as B operands.            grid: (ceil(tokens / 64), ceil(tiles / (4 RowTiles)))
template <class Element, int RowTiles>
UNIMED_DEVICE void linear_wide(const LinearArguments &a) {
    constexpr int Warps = 4;
    constexpr int TokenTiles = 8;
    // Steps between two barriers.
    constexpr int Steps = 2;
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

    // Each thread brings the operands of a lane for two token tiles.
    constexpr int Share = Operands / (Warps * 32);
    Floats4 raw[Share][Steps];
    const auto load_raw = [&](int step) {
        UNIMED_UNROLL
        for (int i = 0; i < Share; i++) {
            UNIMED_UNROLL
            for (int s = 0; s < Steps; s++)
                raw[i][s] = load_activations(a, first_token + (warp_index() + i * Warps) * TileTokens + lane / 4,
                                             (step + s) * StepColumns + lane % 4 * 4, aligned);
        }
    };
    const auto store_operands = [&](int buffer) {
        UNIMED_UNROLL
        for (int i = 0; i < Share; i++) {
            std::uint32_t b[Steps][2];
            UNIMED_UNROLL
            for (int s = 0; s < Steps; s++)
                to_operand<Element>(b[s], raw[i][s]);
            store(activations + buffer * Operands + (warp_index() + i * Warps) * 32 + lane, Words4{{b[0][0], b[0][1], b[1][0], b[1][1]}});
        }
    };

    let_next_kernel_start();
    load_weights(0);
    UNIMED_UNROLL
    for (int step = Steps; step < PrefetchSteps; step += Steps)
        prefetch_weights(step);
    wait_for_previous_kernels();
    load_raw(0);
    store_operands(0);
    block_barrier();

    float total[RowTiles][TokenTiles][4] = {};
    float sum[RowTiles][TokenTiles][4] = {};
    const auto close_slice = [&] {
        UNIMED_UNROLL
        for (int m = 0; m < RowTiles; m++) {
            UNIMED_UNROLL
            for (int n = 0; n < TokenTiles; n++) {
                UNIMED_UNROLL
                for (int reg = 0; reg < 4; reg++) {
                    total[m][n][reg] += sum[m][n][reg];
                    sum[m][n][reg] = 0;
                }
            }
        }
    };

    int slice_end = slice_steps(a.in);
    int buffer = 0;
    UNIMED_NO_UNROLL
    for (int step = 0; step < steps; step += Steps) {
        if (step == slice_end) {
            close_slice();
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
            load_raw(step + Steps);
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
            store_operands(buffer);
        block_barrier();
    }
    close_slice();

    // Registers have no index, so a rolled loop needs the sums in memory: a lane puts them where only it looks. Unrolled, the epilogue
    // would be most of the kernel, and fetching it would take longer than running it.
    constexpr int Part = 4;
    const Shared<float> own = as<float>(activations) + warp_index() * Part * 4 * 32 + lane;
    static_assert(Warps * Part * 4 * 32 * sizeof(float) <= 2 * Operands * sizeof(Words4));
    const bool gated = a.epilogue == Epilogue::SwiGlu;
    const int registers = gated ? 2 : 4;
    UNIMED_UNROLL
    for (int m = 0; m < RowTiles; m++) {
        if (first_tile + m >= tiles)
            break;
        UNIMED_UNROLL
        for (int part = 0; part < TokenTiles; part += Part) {
            UNIMED_UNROLL
            for (int n = 0; n < Part; n++) {
                UNIMED_UNROLL
                for (int reg = 0; reg < 4; reg++)
                    store(own + (n * 4 + reg) * 32, total[m][part + n][reg]);
            }
            UNIMED_NO_UNROLL
            for (int i = 0; i < Part * registers; i++) {
                const int n = i / registers;
                const int reg = i % registers;
                const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(reg));
                const int token = first_token + (part + n) * TileTokens + static_cast<int>(at.column);
                const int row = (first_tile + m) * (gated ? 8 : TileRows) + static_cast<int>(at.row);
                write_output(a, token, row, load(own + (n * 4 + reg) * 32), gated ? load(own + (n * 4 + reg + 2) * 32) : 0.0f);
            }
        }
    }
}

} // namespace unimed
