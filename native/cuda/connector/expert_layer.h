#pragma once

#include "connector/chosen_tokens.h"
#include "connector/operand_rows.h"
#include "linear/fragment_order.h"
#include "primitives/async_copy.h"
#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/mma.h"
#include "primitives/row.h"

namespace unimed::connector {

/// One layer of every expert: [rows, in] -> [rows, out] for the tokens that chose the expert.
struct ExpertLayer {
    /// The experts' matrices [out, in], each in fragment order (linear/fragment_order.h), one after the other.
    Global<const Words4> weights;
    /// Operand rows (operand_rows.h): of an expert, [rows, operand_columns(in)].
    Global<const std::uint16_t> input;
    /// Numbers from one expert's input to the next one's; 0 where all have the same.
    std::ptrdiff_t input_stride;
    /// [rows, experts].
    Global<const float> routing;
    int rows;
    int experts;
    int in;
    int out;
};

/// 64 weight rows of one expert against up to 64 of the tokens that chose it; a block that finds none reads no weight.
///
///   warps 0-3: tiles 0-3 of 16 weight rows, the first pair of steps of every stage; warps 4-7: the same tiles, the second pair
///
/// Weights stream from memory to registers, `Ahead` stages under way; activations are copied to shared memory, as many stages ahead, and
/// all warps read them there. Then the second half of the warps hands its sums to the first. Grid: (ceil(rows / 64), experts * ceil(out /
/// 64)), 256 threads. `finish(expert, token, row, sums)` gets four neighbouring rows of W for a token; rows past `out` are sums of zeros.
template <class Element, class Finish>
UNIMED_DEVICE void expert_layer(const ExpertLayer &a, Finish finish) {
    constexpr int Ahead = 3;
    constexpr int Tiles = 4;
    constexpr int TokenTiles = BlockTokens / 8;
    constexpr int BlockRows = Tiles * TileRows;
    constexpr int BufferPieces = BlockTokens * StagePieces;
    // A token's sums are a row of shared memory; with this length the lanes of a warp meet all banks.
    constexpr int SumStride = BlockRows + 4;
    static_assert(BlockTokens * SumStride * sizeof(float) <= Ahead * BufferPieces * sizeof(Words4));
    UNIMED_SHARED(buffers, Words4, Ahead * BufferPieces);
    UNIMED_SHARED(list, int, BlockTokens);
    UNIMED_SHARED(counts, int, ExpertThreads / 32);

    let_next_kernel_start();
    wait_for_previous_kernels();
    const int row_blocks = (a.out + BlockRows - 1) / BlockRows;
    const int expert = block_y() / row_blocks;
    const int first_row = block_y() % row_blocks * BlockRows;
    const int tokens = list_chosen_tokens(a.routing, a.rows, a.experts, expert, block_x() * BlockTokens, list, counts);
    if (tokens == 0)
        return;

    const int lane = lane_index();
    const int tile = warp_index() % Tiles;
    const int pair = warp_index() / Tiles;
    const int steps = step_count(a.in);
    const int stages = stage_count(a.in);
    const int tiles = tile_count(a.out);
    const bool has_rows = first_row / TileRows + tile < tiles;
    const Global<const Words4> weights = a.weights + fragment_index(expert * tiles + first_row / TileRows + tile, 2 * pair, steps, lane);

    Words4 under_way[Ahead][2];
    const auto load_weights = [&](Words4(&to)[2], int stage) {
        UNIMED_UNROLL
        for (int s = 0; s < 2; s++)
            to[s] = has_rows && stage * 4 + 2 * pair + s < steps ? load_once(weights + (stage * 4 + s) * 32) : Words4{};
    };

    // A thread copies the same piece of two tokens; tiles of eight tokens are filled up with zeros.
    constexpr int Copies = BufferPieces / ExpertThreads;
    const int piece = thread_index() % StagePieces;
    Global<const std::uint16_t> sources[Copies];
    int valid[Copies];
    UNIMED_UNROLL
    for (int i = 0; i < Copies; i++) {
        const int slot = thread_index() / StagePieces + i * (ExpertThreads / StagePieces);
        const int token = load(list + (slot < tokens ? slot : 0));
        valid[i] = slot < tokens ? 16 : slot < (tokens + 7) / 8 * 8 ? 0 : -1;
        sources[i] = a.input + (expert * a.input_stride + static_cast<std::ptrdiff_t>(token) * operand_columns(a.in) + piece * 8);
    }
    // Odd tokens have the halves of a stage exchanged: then eight neighbouring lanes, of two tokens, meet all banks.
    const auto place = [](int slot, int at) { return slot * StagePieces + (at ^ (slot % 2 * 4)); };
    const auto copy = [&](int stage) {
        if (stage < stages) {
            UNIMED_UNROLL
            for (int i = 0; i < Copies; i++)
                if (valid[i] >= 0)
                    copy_async_16(buffers + (stage % Ahead * BufferPieces +
                                             place(thread_index() / StagePieces + i * (ExpertThreads / StagePieces), piece)),
                                  as<Words4>(sources[i] + static_cast<std::ptrdiff_t>(stage) * StageColumns), valid[i]);
        }
        copy_async_commit();
    };

    UNIMED_UNROLL
    for (int stage = 0; stage < Ahead; stage++)
        load_weights(under_way[stage], stage);
    UNIMED_UNROLL
    for (int stage = 0; stage < Ahead - 1; stage++)
        copy(stage);

    float sum[TokenTiles][4] = {};
    UNIMED_NO_UNROLL
    for (int begin = 0; begin < stages; begin += Ahead) {
        UNIMED_UNROLL
        for (int s = 0; s < Ahead; s++) {
            const int stage = begin + s;
            if (stage >= stages)
                break;
            copy_async_wait<Ahead - 2>();
            block_barrier();
            // Into the buffer that all have left before this barrier.
            copy(stage + Ahead - 1);
            const Words4 now[2] = {under_way[s][0], under_way[s][1]};
            load_weights(under_way[s], stage + Ahead);
            UNIMED_UNROLL
            for (int n = 0; n < TokenTiles; n++) {
                if (n * 8 >= tokens || !has_rows)
                    break;
                const Words4 b = load(buffers + (stage % Ahead * BufferPieces + place(n * 8 + lane / 4, pair * 4 + lane % 4)));
                const std::uint32_t first[2] = {b.word[0], b.word[1]};
                const std::uint32_t second[2] = {b.word[2], b.word[3]};
                mma_m16n8k16<Element>(sum[n], now[0].word, first);
                mma_m16n8k16<Element>(sum[n], now[1].word, second);
            }
        }
    }
    block_barrier();

    // The buffers are free now.
    const Shared<float> sums = as<float>(buffers);
    const auto each_sum = [&](auto use) {
        UNIMED_UNROLL
        for (int n = 0; n < TokenTiles; n++)
            UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++) {
            const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(reg));
            use(sum[n][reg], sums + ((n * 8 + static_cast<int>(at.column)) * SumStride + tile * TileRows + static_cast<int>(at.row)));
        }
    };
    if (pair == 1)
        each_sum([](float value, Shared<float> to) { store(to, value); });
    block_barrier();
    if (pair == 0)
        each_sum([](float value, Shared<float> to) { store(to, value + load(to)); });
    block_barrier();

    constexpr int Fours = BlockRows / 4;
    for (int i = thread_index(); i < tokens * Fours; i += ExpertThreads) {
        const int slot = i / Fours;
        const int row = i % Fours * 4;
        finish(expert, load(list + slot), first_row + row, load(as<Floats4>(sums + (slot * SumStride + row))));
    }
}

} // namespace unimed::connector
