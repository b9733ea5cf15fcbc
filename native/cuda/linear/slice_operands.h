#pragma once

#include "linear/tile.h"
#include "primitives/shared.h"
#include "primitives/warp.h"

/// The activations that one warp of a narrow kernel multiplies, kept in shared memory as B operands: converted once, then read for
/// every row tile. Each warp has memory of its own, so only the warp itself waits for them.
///
/// A row is a token: so many stages of 64 columns, 128 bytes each, zeros past the last column of the matrix. A lane's operand for a pair of
/// steps is 16 bytes. With t = lane % 4:
///
///     row:     | stage | stage | ...          stage:   | pair 0 | pair 1 | of an even token, | pair 1 | pair 0 | of an odd one
///     pair:    | t = 0: step 0, columns 0-3, step 1, columns 0-3 | t = 1: columns 4-7 of both | t = 2 | t = 3 |
///
/// Exchanged pairs let the eight lanes that read together, those of two tokens, meet all banks.
namespace unimed {

/// Bytes of shared memory that a launch adds for so many tokens a block and so many stages of each slice.
UNIMED_BOTH constexpr int operand_bytes(int tokens, int stages) {
    return Slices * tokens * stages * StageSteps * StepColumns * 2;
}

/// Stages that the launch must have room for, or for all of a slice: a row that holds less than a slice holds a multiple of them.
UNIMED_BOTH constexpr int chunk_stages(int token_tiles) {
    return 4 / token_tiles;
}

template <class Element, int TokenTiles>
struct SliceOperands {
    static constexpr int ChunkStages = chunk_stages(TokenTiles);
    /// Pieces of 16 bytes that a row has in a stage.
    static constexpr int StagePieces = 8;

    Shared<Words4> memory;
    int first_token;
    /// Tokens that have rows.
    int tokens;
    /// Stages of a row.
    int room;
    /// Number, in the slice, of the first stage that is there. None is there at first, as for any stage before this one.
    int first = 1;
    /// Where the stage gone to begins in a row, in pieces.
    int here = 0;
    /// The lane's piece of pair 0 of the first stage that is there, for each token tile.
    int own[TokenTiles];

    /// For the tokens of the block from block_first_token on, in a warp's part of the launch's shared memory.
    UNIMED_DEVICE SliceOperands(const LinearArguments &a, int block_first_token, int warp, int length)
        : first_token(block_first_token),
          tokens(a.tokens - first_token < TileTokens * TokenTiles ? a.tokens - first_token : TileTokens * TokenTiles) {
        const int pieces = dynamic_shared_bytes() / static_cast<int>(sizeof(Words4)) / Slices;
        memory = dynamic_shared<Words4>() + warp * pieces;
        room = pieces / StagePieces / tokens;
        if (room < length)
            room -= room % ChunkStages;
        const int lane = lane_index();
        UNIMED_UNROLL
        for (int n = 0; n < TokenTiles; n++) {
            // Columns of an mma that have no token are nobody's; they get what is there anyway.
            const int wanted = n * TileTokens + lane / 4;
            const int token = wanted < tokens ? wanted : tokens - 1;
            own[n] = token * room * StagePieces + token % 2 * 4 + lane % 4;
        }
    }

    /// Goes to a stage of the slice, which begins at stage `begin` of the matrix and has `length` stages. Where it is not there it is
    /// brought, with those after it, up to the end of the rows or of the slice.
    UNIMED_DEVICE void go_to(int stage, const LinearArguments &a, int begin, int length, bool aligned) {
        if (static_cast<unsigned>(stage - first) >= static_cast<unsigned>(room)) {
            // The lanes have read what is overwritten.
            warp_barrier();
            fill(a, begin + stage, length - stage < room ? length - stage : room, aligned);
            first = stage;
            warp_barrier();
        }
        here = (stage - first) * StagePieces;
    }

    /// The operands of the two steps of a pair, so many stages after the one gone to.
    UNIMED_DEVICE Words4 pair(int tile, int later, int pair) const {
        return load(memory + (((own[tile] + here) ^ (pair * 4)) + later * StagePieces));
    }

private:
    /// Sixteen lanes take a stage of a token, four columns each, and the other sixteen that of the next token: an even one and an odd
    /// one, so that a lane's place in a stage is always the same.
    UNIMED_DEVICE void fill(const LinearArguments &a, int first_stage, int stages, bool aligned) const {
        // Token pairs whose activations are under way together, of ChunkStages stages.
        constexpr int Deep = TokenTiles;
        constexpr int StagePlaces = StagePieces * 2;
        const auto lane = static_cast<unsigned>(lane_index());
        const int odd = static_cast<int>(lane / 16);
        const int four = static_cast<int>(lane % 16);
        const int first_column = first_stage * StageSteps * StepColumns + four * 4;
        const Global<const float> x = a.x + (static_cast<std::ptrdiff_t>(first_token) * a.in + first_column);
        const Shared<Words2> rows = as<Words2>(memory) + static_cast<int>((lane / 8 + lane / 16) % 2 * 8 + lane % 4 * 2 + lane / 4 % 2);
        const auto put = [&](int token, int stage, const Floats4 &value) {
            std::uint32_t b[2];
            to_operand<Element>(b, value);
            store(rows + (token * room + stage) * StagePlaces, Words2{{b[0], b[1]}});
        };

        if (!aligned || (first_stage + stages) * StageSteps * StepColumns > a.in) {
            UNIMED_NO_UNROLL
            for (int token = odd; token < tokens; token += 2) {
                UNIMED_NO_UNROLL
                for (int stage = 0; stage < stages; stage++) {
                    const int column = first_column + stage * StageSteps * StepColumns;
                    put(token, stage, load_activations(a, first_token + token, column, aligned));
                }
            }
            return;
        }
        UNIMED_NO_UNROLL
        for (int token = odd; token - odd < tokens; token += 2 * Deep) {
            Global<const float> from[Deep];
            UNIMED_UNROLL
            for (int d = 0; d < Deep; d++)
                from[d] = x + static_cast<std::ptrdiff_t>(token + 2 * d < tokens ? token + 2 * d : tokens - 1) * a.in;
            const auto bring = [&](int stage, int together) {
                Floats4 values[Deep][ChunkStages];
                UNIMED_UNROLL
                for (int d = 0; d < Deep; d++) {
                    UNIMED_UNROLL
                    for (int s = 0; s < ChunkStages; s++)
                        if (s < together)
                            values[d][s] = load(as<Floats4>(from[d] + (stage + s) * StageSteps * StepColumns));
                }
                UNIMED_UNROLL
                for (int d = 0; d < Deep; d++) {
                    UNIMED_UNROLL
                    for (int s = 0; s < ChunkStages; s++)
                        if (s < together && token + 2 * d < tokens)
                            put(token + 2 * d, stage + s, values[d][s]);
                }
            };
            int stage = 0;
            UNIMED_NO_UNROLL
            for (; stage + ChunkStages <= stages; stage += ChunkStages)
                bring(stage, ChunkStages);
            if (stage < stages)
                bring(stage, stages - stage);
        }
    }
};

} // namespace unimed
