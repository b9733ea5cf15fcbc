#pragma once

#include "linear/operand_order.h"
#include "linear/tile.h"
#include "linear/wide_arguments.h"
#include "primitives/async_copy.h"
#include "primitives/dependency.h"
#include "primitives/shared.h"
#include "primitives/warp.h"

namespace unimed {

/// What a block of linear_wide is made of: 8 warps, four of them along 128 weight rows and two along the tokens.
template <class Stages, int TokenTiles>
struct WideBlock {
    static constexpr int RowWarps = 4;
    static constexpr int TokenWarps = 2;
    static constexpr int Warps = RowWarps * TokenWarps;
    /// Weight tiles of a warp.
    static constexpr int RowTiles = 2;
    static constexpr int Tiles = RowWarps * RowTiles;
    static constexpr int AllTokenTiles = TokenWarps * TokenTiles;
    /// Stages that are in shared memory at once: one is multiplied while the others come.
    static constexpr int Ring = 3;
    static constexpr int WeightPieces = Tiles * Stages::Pieces;
    static constexpr int Pieces = WeightPieces + AllTokenTiles * OperandPieces;
    /// In the end a token's sums are a row of shared memory; with this length the lanes of a warp meet all banks.
    static constexpr int SumStride = Tiles * TileRows + 4;
    static constexpr int RingBytes = Ring * Pieces * static_cast<int>(sizeof(Words4));
    static constexpr int SumBytes = AllTokenTiles * TileTokens * SumStride * static_cast<int>(sizeof(float));
    static constexpr int SharedBytes = RingBytes > SumBytes ? RingBytes : SumBytes;
    static_assert(AllTokenTiles * OperandPieces % (Warps * 32) == 0 && Tiles == Warps);
};

/// Writes a block's sums, which lie in shared memory as WideBlock says: of a gated tile gate's rows in the lower half, up's in the upper.
template <class Block>
UNIMED_DEVICE void write_wide_outputs(const WideArguments &a, Shared<float> sums, int first_token) {
    const bool gated = a.epilogue == Epilogue::SwiGlu;
    const int rows = Block::Tiles * (gated ? 8 : TileRows);
    const int left = a.tokens - first_token;
    const int tokens = left < Block::AllTokenTiles * TileTokens ? left : Block::AllTokenTiles * TileTokens;
    const bool bias_aligned = is_aligned(a.bias, 16) && a.out % 4 == 0;
    const bool residual_aligned = is_aligned(a.residual, 16) && a.out % 4 == 0;
    const bool y_aligned = is_aligned(a.y, 16) && a.out % 4 == 0;
    const int fours = rows / 4;
    // Rolled: unrolled, the epilogue would be most of the kernel.
    UNIMED_NO_UNROLL
    for (int i = thread_index(); i < tokens * fours; i += Block::Warps * 32) {
        const int token = i / fours;
        const int place = i % fours * 4;
        const int row = block_y() * rows + place;
        if (row >= a.out)
            continue;
        const Shared<float> of_token = sums + token * Block::SumStride;
        Floats4 four = load(as<Floats4>(of_token + place));
        if (a.bias) {
            const Floats4 shift = load_four(a.bias, row, a.out, bias_aligned);
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++)
                four.value[j] += shift.value[j];
        }
        if (a.epilogue != Epilogue::None) {
            const Floats4 up = gated ? load(as<Floats4>(of_token + place + rows)) : Floats4{};
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++)
                four.value[j] = activate(a.epilogue, four.value[j], up.value[j]);
        }
        const std::ptrdiff_t of_row = static_cast<std::ptrdiff_t>(first_token + token) * a.out;
        if (a.residual) {
            const Floats4 added = load_four(a.residual + of_row, row, a.out, residual_aligned);
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++)
                four.value[j] += added.value[j];
        }
        store_four(a.y + of_row, row, a.out, y_aligned, four);
    }
}

/// 16 * TokenTiles tokens against 128 weight rows, and all slices of K or the part of them that block_z says. A warp multiplies 32 rows
/// with 8 * TokenTiles tokens.      grid: (ceil(tokens / (16 TokenTiles)), ceil(tiles / 8), splits), 256 threads, WideBlock::SharedBytes
///
/// Weights and operands stream through a ring of stages in shared memory by cp.async, in the order in which lanes want them: every copy and
/// every load of values is 512 neighbouring bytes of a warp. The loop has no predicate that depends on a tile or a token: weight tiles that
/// are not there are zeros from the start, tokens that are not there are zeros among the operands.
///
/// Stages says how weights are stored (half_stages.h, quantized_stages.h): how a tile's stages are copied, and how they are multiplied.
template <class Stages, int TokenTiles>
UNIMED_DEVICE void linear_wide(const WideArguments &a) {
    using Block = WideBlock<Stages, TokenTiles>;
    const Shared<Words4> ring = dynamic_shared<Words4>();
    const int lane = lane_index();
    const int warp = uniform_warp_index();
    // Warps of one scheduler (every fourth) share rows: where a block has few tokens all schedulers still have work.
    const int row_warp = warp % Block::RowWarps;
    const int token_warp = warp / Block::RowWarps;
    const int tiles = a.epilogue == Epilogue::SwiGlu ? (a.out + 7) / 8 : tile_count(a.out);
    const int first_tile = block_y() * Block::Tiles;
    const int own_tile = first_tile + row_warp * Block::RowTiles;
    const int token_tiles = block_count_x() * Block::AllTokenTiles;
    const int first_token_tile = block_x() * Block::AllTokenTiles;
    const int own_token_tile = first_token_tile + token_warp * TokenTiles;
    const bool multiplies = own_tile < tiles && own_token_tile * TileTokens < a.tokens;
    const bool both_halves = (own_token_tile + TokenTiles / 2) * TileTokens < a.tokens;

    const int slice_stages = slice_steps(a.in) / StageSteps;
    const int group_slices = Slices / a.splits;
    const int stages = operand_stages(a.in);
    const int first = block_z() * group_slices * slice_stages;
    const int last = first + group_slices * slice_stages < stages ? first + group_slices * slice_stages : stages;

    // Warp w copies weight tile w and the w-th part of the operands; both go on by a stage with each copy.
    const bool has_tile = first_tile + warp < tiles;
    constexpr int Copies = Block::AllTokenTiles * OperandPieces / (Block::Warps * 32);
    Stages weights(a.weights, first_tile + warp, first, a.in, lane);
    Global<const Words4> operands = a.operands + operand_index(first, first_token_tile, token_tiles) + warp * Copies * 32 + lane;
    const std::ptrdiff_t operand_stride = operand_index(1, 0, token_tiles);
    const Shared<Words4> own_weights = kept(ring + warp * Stages::Pieces + lane);
    const Shared<Words4> own_operands = kept(ring + Block::WeightPieces + warp * Copies * 32 + lane);
    const auto copy_stage_of_weights = [&](int stage, int slot) {
        if (!has_tile || stage >= last)
            return;
        if (Stages::is_whole(stage, a.in))
            weights.copy(own_weights + slot * Block::Pieces);
        else
            weights.copy_part(own_weights + slot * Block::Pieces, a.in);
    };
    const auto copy_operands = [&](int slot) {
        UNIMED_UNROLL
        for (int i = 0; i < Copies; i++)
            copy_async_16(own_operands + slot * Block::Pieces + i * 32, operands + i * 32);
    };

    let_next_kernel_start();
    if (!has_tile) {
        UNIMED_UNROLL
        for (int slot = 0; slot < Block::Ring; slot++) {
            UNIMED_UNROLL
            for (int piece = 0; piece < Stages::Pieces; piece += 32)
                if (piece + lane < Stages::Pieces)
                    store(own_weights + slot * Block::Pieces + piece, Words4{});
        }
    }
    constexpr int Ahead = Block::Ring - 1;
    UNIMED_UNROLL
    for (int slot = 0; slot < Ahead; slot++) {
        copy_stage_of_weights(first + slot, slot);
        weights.go_on();
    }
    // Weights depend on nobody; activations do.
    wait_for_previous_kernels();
    UNIMED_UNROLL
    for (int slot = 0; slot < Ahead; slot++) {
        if (first + slot < last)
            copy_operands(slot);
        operands = operands + operand_stride;
        copy_async_commit();
    }

    float total[Block::RowTiles][TokenTiles][4] = {};
    float sum[Block::RowTiles][TokenTiles][4] = {};
    const auto each = [](auto use) {
        UNIMED_UNROLL
        for (int m = 0; m < Block::RowTiles; m++) {
            UNIMED_UNROLL
            for (int n = 0; n < TokenTiles; n++)
                use(m, n);
        }
    };
    const auto write_part = [&](int part, const float(&values)[Block::RowTiles][TokenTiles][4]) {
        each([&](int m, int n) {
            if (own_tile + m < tiles && (own_token_tile + n) * TileTokens < a.tokens)
                store(a.parts + part_index(part, own_token_tile + n, token_tiles, own_tile + m, tiles, lane),
                      Floats4{{values[m][n][0], values[m][n][1], values[m][n][2], values[m][n][3]}});
        });
    };
    // Part 0 is the sum of the first blocks' slices; each slice of the others is a part of its own, so that all are added in one order.
    const auto close_slice = [&](int last_stage) {
        if (block_z() == 0) {
            each([&](int m, int n) {
                UNIMED_UNROLL
                for (int reg = 0; reg < 4; reg++)
                    total[m][n][reg] += sum[m][n][reg];
            });
        } else {
            write_part(1 + last_stage / slice_stages - group_slices, sum);
        }
        each([&](int m, int n) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++)
                sum[m][n][reg] = 0;
        });
    };

    const Shared<Words4> own_rows = ring + row_warp * Block::RowTiles * Stages::Pieces;
    const Shared<Words4> a_operands = kept(own_rows + lane);
    const Shared<Words2> scales = Stages::scales(own_rows, lane);
    const Shared<Words4> b_operands = kept(ring + Block::WeightPieces + token_warp * TokenTiles * OperandPieces + lane);

    // Slices end where the last stage does, so a block looks for the end of its stages at the end of a slice alone.
    int stage = first;
    int slice_end = first + slice_stages < last ? first + slice_stages : last;
    // Before this stage all that is asked for is there and whole.
    const int whole_ahead = has_tile ? last - (Stages::is_whole(last - 1, a.in) ? 0 : 1) - Ahead : first;
    UNIMED_NO_UNROLL
    while (stage < last) {
        UNIMED_UNROLL
        for (int slot = 0; slot < Block::Ring; slot++) {
            copy_async_wait<Ahead - 1>();
            block_barrier();
            // Into the stage that all have left before this barrier.
            if (stage < whole_ahead) {
                weights.copy(own_weights + (slot + Ahead) % Block::Ring * Block::Pieces);
                copy_operands((slot + Ahead) % Block::Ring);
            } else if (stage + Ahead < last) {
                copy_stage_of_weights(stage + Ahead, (slot + Ahead) % Block::Ring);
                copy_operands((slot + Ahead) % Block::Ring);
            }
            weights.go_on();
            operands = operands + operand_stride;
            copy_async_commit();
            if (multiplies)
                Stages::multiply(sum, a_operands + slot * Block::Pieces, scales + slot * Block::Pieces * 2,
                                 b_operands + slot * Block::Pieces, both_halves);
            stage++;
            if (stage == slice_end) {
                close_slice(stage - 1);
                slice_end = stage + slice_stages < last ? stage + slice_stages : last;
                if (stage == last)
                    break;
            }
        }
    }

    if (a.splits > 1) {
        if (block_z() == 0)
            write_part(0, total);
        return;
    }
    block_barrier();
    const Shared<float> sums = as<float>(ring);
    const bool gated = a.epilogue == Epilogue::SwiGlu;
    if (multiplies)
        each([&](int m, int n) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++) {
                const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(reg));
                const int token = (token_warp * TokenTiles + n) * TileTokens + static_cast<int>(at.column);
                const int tile = row_warp * Block::RowTiles + m;
                const int row = static_cast<int>(at.row);
                const int place = gated ? row / 8 * Block::Tiles * 8 + tile * 8 + row % 8 : tile * TileRows + row;
                store(sums + token * Block::SumStride + place, total[m][n][reg]);
            }
        });
    block_barrier();
    write_wide_outputs<Block>(a, sums, first_token_tile * TileTokens);
}

} // namespace unimed
