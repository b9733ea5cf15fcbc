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
template <int TokenTiles>
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
    static constexpr int WeightPieces = Tiles * StageSteps * 32;
    static constexpr int Pieces = WeightPieces + AllTokenTiles * OperandPieces;
    static constexpr int SharedBytes = Ring * Pieces * static_cast<int>(sizeof(Words4));
    /// In the end a token's sums are a row of shared memory; with this length the lanes of a warp meet all banks.
    static constexpr int SumStride = Tiles * TileRows + 4;
    static_assert(AllTokenTiles * TileTokens * SumStride * static_cast<int>(sizeof(float)) <= SharedBytes);
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
/// every load is 512 neighbouring bytes of a warp. The loop has no predicate that depends on a lane: weight tiles that are not there are
/// zeros from the start, tokens that are not there are zeros among the operands.
template <class Element, int TokenTiles>
UNIMED_DEVICE void linear_wide(const WideArguments &a) {
    using Block = WideBlock<TokenTiles>;
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

    const int steps = step_count(a.in);
    const int slice_stages = slice_steps(a.in) / StageSteps;
    const int group_slices = Slices / a.splits;
    const int stages = operand_stages(a.in);
    const int first = block_z() * group_slices * slice_stages;
    const int last = first + group_slices * slice_stages < stages ? first + group_slices * slice_stages : stages;
    // Part 0 is the sum of the first blocks' slices; each slice of the others is a part of its own, so that all are added in one order.
    int part = block_z() == 0 ? 0 : 1 + (block_z() - 1) * group_slices;

    // Warp w copies weight tile w and the w-th part of the operands; both go on by a stage with each copy.
    const bool has_tile = first_tile + warp < tiles;
    constexpr int StageWords = StageSteps * 32;
    constexpr int Copies = Block::AllTokenTiles * OperandPieces / (Block::Warps * 32);
    Global<const Words4> weights = a.weights + fragment_index(first_tile + warp, first * StageSteps, steps, lane);
    Global<const Words4> operands = a.operands + operand_index(first, first_token_tile, token_tiles) + warp * Copies * 32 + lane;
    const std::ptrdiff_t operand_stride = operand_index(1, 0, token_tiles);
    const Shared<Words4> own_weights = kept(ring + warp * StageWords + lane);
    const Shared<Words4> own_operands = kept(ring + Block::WeightPieces + warp * Copies * 32 + lane);
    const auto copy_weights = [&](int slot) {
        UNIMED_UNROLL
        for (int s = 0; s < StageSteps; s++)
            copy_async_16(own_weights + slot * Block::Pieces + s * 32, weights + s * 32);
    };
    // The last stage of a matrix may have fewer steps: zeros are where the others would be.
    const auto copy_last_weights = [&](int slot) {
        UNIMED_UNROLL
        for (int s = 0; s < StageSteps; s++) {
            const bool exists = stages * StageSteps - StageSteps + s < steps;
            copy_async_16(own_weights + slot * Block::Pieces + s * 32, exists ? weights + s * 32 : weights, exists ? 16 : 0);
        }
    };
    // Stages whose weights are whole.
    const int last_whole = last < steps / StageSteps ? last : steps / StageSteps;
    const auto copy_stage_of_weights = [&](int stage, int slot) {
        if (!has_tile || stage >= last)
            return;
        if (stage < last_whole)
            copy_weights(slot);
        else
            copy_last_weights(slot);
    };
    const auto copy_operands = [&](int slot) {
        UNIMED_UNROLL
        for (int i = 0; i < Copies; i++)
            copy_async_16(own_operands + slot * Block::Pieces + i * 32, operands + i * 32);
    };
    const auto go_on = [&] {
        weights = weights + StageWords;
        operands = operands + operand_stride;
    };

    let_next_kernel_start();
    if (!has_tile) {
        UNIMED_UNROLL
        for (int slot = 0; slot < Block::Ring; slot++) {
            UNIMED_UNROLL
            for (int s = 0; s < StageSteps; s++)
                store(own_weights + slot * Block::Pieces + s * 32, Words4{});
        }
    }
    constexpr int Ahead = Block::Ring - 1;
    UNIMED_UNROLL
    for (int slot = 0; slot < Ahead; slot++) {
        copy_stage_of_weights(first + slot, slot);
        weights = weights + StageWords;
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
    const auto write_part = [&](const float(&values)[Block::RowTiles][TokenTiles][4]) {
        each([&](int m, int n) {
            if (own_tile + m < tiles && (own_token_tile + n) * TileTokens < a.tokens)
                store(a.parts + part_index(part, own_token_tile + n, token_tiles, own_tile + m, tiles, lane),
                      Floats4{{values[m][n][0], values[m][n][1], values[m][n][2], values[m][n][3]}});
        });
    };
    const auto close_slice = [&] {
        if (part == 0) {
            each([&](int m, int n) {
                UNIMED_UNROLL
                for (int reg = 0; reg < 4; reg++)
                    total[m][n][reg] += sum[m][n][reg];
            });
        } else {
            write_part(sum);
            part++;
        }
        each([&](int m, int n) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++)
                sum[m][n][reg] = 0;
        });
    };

    const Shared<Words4> a_operands = kept(ring + row_warp * Block::RowTiles * StageSteps * 32 + lane);
    const Shared<Words4> b_operands = kept(ring + Block::WeightPieces + token_warp * TokenTiles * OperandPieces + lane);
    const auto multiply = [&](int slot) {
        UNIMED_UNROLL
        for (int pair = 0; pair < StageSteps / PairSteps; pair++) {
            Words4 rows[Block::RowTiles][PairSteps];
            UNIMED_UNROLL
            for (int m = 0; m < Block::RowTiles; m++) {
                UNIMED_UNROLL
                for (int s = 0; s < PairSteps; s++)
                    rows[m][s] = load(a_operands + slot * Block::Pieces + (m * StageSteps + pair * PairSteps + s) * 32);
            }
            Words4 tokens[TokenTiles];
            UNIMED_UNROLL
            for (int n = 0; n < TokenTiles; n++)
                tokens[n] = load(b_operands + slot * Block::Pieces + n * OperandPieces + pair * 32);
            UNIMED_UNROLL
            for (int s = 0; s < PairSteps; s++)
                each([&](int m, int n) {
                    const std::uint32_t b[2] = {tokens[n].word[2 * s], tokens[n].word[2 * s + 1]};
                    mma_m16n8k16<Element>(sum[m][n], rows[m][s].word, b);
                });
        }
    };

    int slice_end = first + slice_stages < last ? first + slice_stages : last;
    const int whole_ahead = has_tile ? last_whole - Ahead : first;
    UNIMED_NO_UNROLL
    for (int begin = first; begin < last; begin += Block::Ring) {
        UNIMED_UNROLL
        for (int slot = 0; slot < Block::Ring; slot++) {
            const int stage = begin + slot;
            if (stage >= last)
                break;
            copy_async_wait<Ahead - 1>();
            block_barrier();
            // Into the stage that all have left before this barrier.
            if (stage < whole_ahead) {
                copy_weights((slot + Ahead) % Block::Ring);
                copy_operands((slot + Ahead) % Block::Ring);
            } else if (stage + Ahead < last) {
                copy_stage_of_weights(stage + Ahead, (slot + Ahead) % Block::Ring);
                copy_operands((slot + Ahead) % Block::Ring);
            }
            go_on();
            copy_async_commit();
            if (multiplies)
                multiply(slot);
            if (stage + 1 == slice_end) {
                close_slice();
                slice_end = slice_end + slice_stages < last ? slice_end + slice_stages : last;
            }
        }
    }

    if (a.splits > 1) {
        if (block_z() == 0)
            write_part(total);
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
