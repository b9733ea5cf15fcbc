#pragma once

#include "linear/operand_order.h"
#include "linear/quantized_order.h"
#include "linear/tile.h"
#include "primitives/async_copy.h"
#include "primitives/shared.h"
#include "primitives/threads.h"

namespace unimed {

/// Stages of a tile of int8 or int4 weights, for linear_wide: where the next one that a warp copies lies, in the order of
/// quantized_order.h. In shared memory a stage's scales follow its values.
template <class Weights>
struct QuantizedStages {
    using Element = Float16;
    static constexpr int ValuePieces = Weights::StageLoads * 32;
    static constexpr int ScalePieces = 4;
    /// Pieces of 16 bytes that a tile has in a stage.
    static constexpr int Pieces = ValuePieces + ScalePieces;
    static_assert(BlockSteps == PairSteps);

    Global<const Words4> values;
    Global<const Words4> scale_pieces;
    bool copies_scales;

    UNIMED_DEVICE QuantizedStages(Global<const Words4> weights, int tile, int stage, int in, int lane)
        : values(weights + (tile * tile_words<Weights>(stage_count(in)) + static_cast<std::ptrdiff_t>(stage) * ValuePieces + lane)),
          scale_pieces(weights + (tile * tile_words<Weights>(stage_count(in)) + static_cast<std::ptrdiff_t>(stage_count(in)) * ValuePieces +
                                  static_cast<std::ptrdiff_t>(stage) * ScalePieces + lane % ScalePieces)),
          copies_scales(lane < ScalePieces) {}

    /// Every stage is whole: matrices are filled up.
    UNIMED_DEVICE static bool is_whole(int, int) { return true; }

    UNIMED_DEVICE void copy(Shared<Words4> to) const {
        UNIMED_UNROLL
        for (int i = 0; i < Weights::StageLoads; i++)
            copy_async_16(to + i * 32, values + i * 32);
        copy_async_16_where(copies_scales, to + ValuePieces, scale_pieces);
    }

    UNIMED_DEVICE void copy_part(Shared<Words4> to, int) const { copy(to); }

    UNIMED_DEVICE void go_on() {
        values = values + ValuePieces;
        scale_pieces = scale_pieces + ScalePieces;
    }

    /// Where the lane's scales of a warp's first tile lie.
    UNIMED_DEVICE static Shared<Words2> scales(Shared<Words4> rows, int lane) { return kept(as<Words2>(rows + ValuePieces) + lane / 4); }

    /// sum += a stage of RowTiles tiles of weights times TokenTiles tiles of tokens, or the first half of them, block by block: each
    /// block's product begins at zero and is scaled once it is finished. `rows` and `tokens` are the lane's first pieces, `scales` where it
    /// has those of the first tile. Weights are unpacked once for all tokens.
    ///
    /// The branch that leaves out a half without tokens is also where ptxas stops asking for operands and products in advance: with all of
    /// a block's under way together, registers would not suffice.
    template <int RowTiles, int TokenTiles>
    UNIMED_DEVICE static void multiply(float (&sum)[RowTiles][TokenTiles][4], Shared<Words4> rows, Shared<Words2> scales,
                                       Shared<Words4> tokens, bool both_halves) {
        constexpr bool Halves = TokenTiles > 6;
        constexpr int Half = Halves ? TokenTiles / 2 : TokenTiles;
        StageWeights<Weights::StageLoads> stage[RowTiles];
        UNIMED_UNROLL
        for (int block = 0; block < StageBlocks; block++) {
            // A lane's bytes of int4 and its scales serve both blocks; past this they are loaded again, not kept in registers.
            if (block > 0 && Halves && Weights::StageLoads < StageBlocks)
                warp_barrier();
            std::uint32_t a[RowTiles][BlockSteps][4];
            UNIMED_UNROLL
            for (int m = 0; m < RowTiles; m++) {
                const int of_block = block * Weights::StageLoads / StageBlocks;
                stage[m].values[of_block] = load(rows + m * Pieces + of_block * 32);
                Weights::unpack(a[m], stage[m], block);
                stage[m].scales = load(scales + m * Pieces * 2);
            }
            UNIMED_UNROLL
            for (int half = 0; half < TokenTiles / Half; half++) {
                if (half == 1 && !both_halves)
                    continue;
                UNIMED_UNROLL
                for (int n = half * Half; n < (half + 1) * Half; n++) {
                    const Words4 b = load(tokens + n * OperandPieces + block * 32);
                    float product[RowTiles][4] = {};
                    UNIMED_UNROLL
                    for (int s = 0; s < BlockSteps; s++) {
                        const std::uint32_t of_step[2] = {b.word[2 * s], b.word[2 * s + 1]};
                        UNIMED_UNROLL
                        for (int m = 0; m < RowTiles; m++)
                            mma_m16n8k16<Float16>(product[m], a[m][s], of_step);
                    }
                    UNIMED_UNROLL
                    for (int m = 0; m < RowTiles; m++)
                        add_scaled(sum[m][n], product[m], stage[m].scales, block);
                }
            }
        }
    }
};

} // namespace unimed
