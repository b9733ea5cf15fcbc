#pragma once

#include "linear/tile.h"
#include "primitives/shared.h"

namespace unimed {

/// Numbers of the shared memory through which slices' sums meet.
UNIMED_BOTH constexpr int slice_sum_numbers(int token_tiles) {
    return Slices * token_tiles * 4 * 32;
}

/// The end of a tile in a narrow kernel: warp w has the sums of slice w for 8 * TokenTiles tokens; they are added in order of the slices
/// and written. Where a block has more than one tile, a barrier stands before the next one's sums.
template <int TokenTiles>
UNIMED_DEVICE void write_slice_sums(const LinearArguments &a, Shared<float> partial, int tile, int first_token,
                                    const float (&sum)[TokenTiles][4]) {
    const int lane = lane_index();
    UNIMED_UNROLL
    for (int n = 0; n < TokenTiles; n++) {
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++)
            store(partial + ((warp_index() * TokenTiles + n) * 4 + reg) * 32 + lane, sum[n][reg]);
    }
    block_barrier();

    const auto total = [&](int n, int reg, int of_lane) {
        float value = 0;
        UNIMED_UNROLL
        for (int slice = 0; slice < Slices; slice++)
            value += load(partial + ((slice * TokenTiles + n) * 4 + reg) * 32 + of_lane);
        return value;
    };
    // A thread writes the output of one register of one lane; of a gated tile the lower two registers are gate, the upper two up.
    const bool gated = a.epilogue == Epilogue::SwiGlu;
    const int registers = gated ? 2 : 4;
    for (int i = thread_index(); i < TokenTiles * registers * 32; i += thread_count()) {
        const int of_lane = i % 32;
        const int reg = i / 32 % registers;
        const int n = i / 32 / registers;
        const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(of_lane), static_cast<std::uint32_t>(reg));
        const int token = first_token + n * TileTokens + static_cast<int>(at.column);
        const int row = tile * (gated ? 8 : TileRows) + static_cast<int>(at.row);
        // Sums of tokens and rows that are none cost as much to add as others.
        if (token < a.tokens && row < a.out)
            write_output(a, token, row, total(n, reg, of_lane), gated ? total(n, reg + 2, of_lane) : 0.0f);
    }
}

} // namespace unimed
