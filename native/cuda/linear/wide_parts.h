#pragma once

#include "linear/tile.h"
#include "primitives/shared.h"

/// What kernels of quantized weights for many tokens are made of.
namespace unimed {

/// Steps between two barriers.
constexpr int WideSteps = 2;

/// A thread's share of the activations of WideSteps steps and 8 * TokenTiles tokens, on their way from global to shared memory: those of a
/// lane for every Warps-th token tile.
template <int Warps, int TokenTiles>
struct WideActivations {
    static constexpr int Share = TokenTiles / Warps;
    Floats4 four[Share][WideSteps];
};

template <int Warps, int TokenTiles>
UNIMED_DEVICE void load_activations(WideActivations<Warps, TokenTiles> &raw, const LinearArguments &a, int first_token, int step,
                                    bool aligned) {
    const int lane = lane_index();
    UNIMED_UNROLL
    for (int i = 0; i < raw.Share; i++) {
        UNIMED_UNROLL
        for (int s = 0; s < WideSteps; s++)
            raw.four[i][s] = load_activations(a, first_token + (warp_index() + i * Warps) * TileTokens + lane / 4,
                                              (step + s) * StepColumns + lane % 4 * 4, aligned);
    }
}

/// As B operands: 16 bytes for each token tile and lane, the two steps one after the other.
template <class Element, int Warps, int TokenTiles>
UNIMED_DEVICE void store_operands(Shared<Words4> to, const WideActivations<Warps, TokenTiles> &raw) {
    UNIMED_UNROLL
    for (int i = 0; i < raw.Share; i++) {
        std::uint32_t b[WideSteps][2];
        UNIMED_UNROLL
        for (int s = 0; s < WideSteps; s++)
            to_operand<Element>(b[s], raw.four[i][s]);
        store(to + (warp_index() + i * Warps) * 32 + lane_index(), Words4{{b[0][0], b[0][1], b[1][0], b[1][1]}});
    }
}

/// Adds the sums of a slice to the total, and begins the next one.
template <int TokenTiles>
UNIMED_DEVICE void close_slice(float (&total)[TokenTiles][4], float (&sum)[TokenTiles][4]) {
    UNIMED_UNROLL
    for (int n = 0; n < TokenTiles; n++) {
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++) {
            total[n][reg] += sum[n][reg];
            sum[n][reg] = 0;
        }
    }
}

/// Finishes a warp's tile. Registers have no index, so a rolled loop needs the sums in memory: a lane puts them where only it looks.
/// Unrolled, the epilogue would be most of the kernel, and fetching it would take longer than running it. The scratch memory, shared by the
/// block and no longer read by any warp, holds Warps * 512 numbers.
template <int Warps, int TokenTiles>
UNIMED_DEVICE void write_wide_sums(const LinearArguments &a, Shared<float> scratch, int tile, int first_token,
                                   const float (&total)[TokenTiles][4]) {
    constexpr int Part = 4;
    const int lane = lane_index();
    const Shared<float> own = scratch + warp_index() * Part * 4 * 32 + lane;
    static_assert(Warps * Part * 4 * 32 * sizeof(float) <= 2 * TokenTiles * 32 * sizeof(Words4));
    const bool gated = a.epilogue == Epilogue::SwiGlu;
    const int registers = gated ? 2 : 4;
    UNIMED_UNROLL
    for (int part = 0; part < TokenTiles; part += Part) {
        UNIMED_UNROLL
        for (int n = 0; n < Part; n++) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++)
                store(own + (n * 4 + reg) * 32, total[part + n][reg]);
        }
        UNIMED_NO_UNROLL
        for (int i = 0; i < Part * registers; i++) {
            const int n = i / registers;
            const int reg = i % registers;
            const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(reg));
            const int token = first_token + (part + n) * TileTokens + static_cast<int>(at.column);
            const int row = tile * (gated ? 8 : TileRows) + static_cast<int>(at.row);
            write_output(a, token, row, load(own + (n * 4 + reg) * 32), gated ? load(own + (n * 4 + reg + 2) * 32) : 0.0f);
        }
    }
}

} // namespace unimed
