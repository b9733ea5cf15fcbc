#pragma once

#include <cstddef>

#include "linear/fragment_order.h"
#include "primitives/target.h"

/// How activations lie between linear_operands and the wide products: rounded to the weights' type, as the B operands of mma.m16n8k16, in
/// the order in which blocks copy them. A token tile is 8 tokens, a stage four steps of 16 columns, both filled up with zeros, tiles up to
/// a whole number of blocks. A stage of all tiles lies together, so what a block wants of a stage is one piece of memory.
///
///     operands:  | stage 0: token tile 0 | token tile 1 | ... | last tile | stage 1: token tile 0 | ...
///     tile:      | steps 0 and 1: lane 0, 16 bytes | ... | lane 31 | steps 2 and 3: lane 0 | ... | lane 31 |              1024 bytes
///     lane 4 g + t:  token g of the tile, columns 4t .. 4t+3 of the first step, then those of the second
///
/// Columns inside a step have the order of fragment_order.h.
namespace unimed {

/// Tokens of one mma.
constexpr int OperandTokens = 8;
/// Steps of a lane's 16 bytes.
constexpr int PairSteps = 2;
/// Pieces of 16 bytes that a token tile has in a stage.
constexpr int OperandPieces = StageSteps / PairSteps * 32;

UNIMED_BOTH constexpr int operand_stages(int in) {
    return (step_count(in) + StageSteps - 1) / StageSteps;
}

/// Index of the first 16 bytes of a token tile in a stage.
UNIMED_BOTH constexpr std::ptrdiff_t operand_index(int stage, int token_tile, int token_tiles) {
    return (static_cast<std::ptrdiff_t>(stage) * token_tiles + token_tile) * OperandPieces;
}

} // namespace unimed
