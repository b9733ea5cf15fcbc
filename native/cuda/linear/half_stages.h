#pragma once

#include "linear/operand_order.h"
#include "linear/tile.h"
#include "primitives/async_copy.h"
#include "primitives/shared.h"

namespace unimed {

/// Stages of a tile of f16 or bf16 weights, for linear_wide: where the next one that a warp copies lies, in fragment order.
template <class Half>
struct HalfStages {
    using Element = Half;
    /// Pieces of 16 bytes that a tile has in a stage, in shared memory as in global.
    static constexpr int Pieces = StageSteps * 32;

    Global<const Words4> from;

    UNIMED_DEVICE HalfStages(Global<const Words4> weights, int tile, int stage, int in, int lane)
        : from(weights + fragment_index(tile, stage * StageSteps, step_count(in), lane)) {}

    /// Whether a stage has all its steps: the last one of a matrix may not.
    UNIMED_DEVICE static bool is_whole(int stage, int in) { return stage < step_count(in) / StageSteps; }

    UNIMED_DEVICE void copy(Shared<Words4> to) const {
        UNIMED_UNROLL
        for (int s = 0; s < StageSteps; s++)
            copy_async_16(to + s * 32, from + s * 32);
    }

    /// Of a stage that is not whole: zeros are where the missing steps would be.
    UNIMED_DEVICE void copy_part(Shared<Words4> to, int in) const {
        UNIMED_UNROLL
        for (int s = 0; s < StageSteps; s++) {
            const bool exists = operand_stages(in) * StageSteps - StageSteps + s < step_count(in);
            copy_async_16(to + s * 32, exists ? from + s * 32 : from, exists ? 16 : 0);
        }
    }

    UNIMED_DEVICE void go_on() { from = from + Pieces; }

    /// There are none: a place that nobody reads.
    UNIMED_DEVICE static Shared<Words2> scales(Shared<Words4> rows, int) { return as<Words2>(rows); }

    /// sum += a stage of RowTiles tiles of weights times TokenTiles tiles of tokens; `rows` and `tokens` are the lane's first pieces.
    template <int RowTiles, int TokenTiles>
    UNIMED_DEVICE static void multiply(float (&sum)[RowTiles][TokenTiles][4], Shared<Words4> rows, Shared<Words2>, Shared<Words4> tokens,
                                       bool) {
        UNIMED_UNROLL
        for (int pair = 0; pair < StageSteps / PairSteps; pair++) {
            Words4 a[RowTiles][PairSteps];
            UNIMED_UNROLL
            for (int m = 0; m < RowTiles; m++) {
                UNIMED_UNROLL
                for (int s = 0; s < PairSteps; s++)
                    a[m][s] = load(rows + m * Pieces + (pair * PairSteps + s) * 32);
            }
            Words4 b[TokenTiles];
            UNIMED_UNROLL
            for (int n = 0; n < TokenTiles; n++)
                b[n] = load(tokens + n * OperandPieces + pair * 32);
            UNIMED_UNROLL
            for (int s = 0; s < PairSteps; s++) {
                UNIMED_UNROLL
                for (int m = 0; m < RowTiles; m++) {
                    UNIMED_UNROLL
                    for (int n = 0; n < TokenTiles; n++) {
                        const std::uint32_t of_step[2] = {b[n].word[2 * s], b[n].word[2 * s + 1]};
                        mma_m16n8k16<Half>(sum[m][n], a[m][s].word, of_step);
                    }
                }
            }
        }
    }
};

} // namespace unimed
