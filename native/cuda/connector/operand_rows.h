#pragma once

#include "linear/fragment_order.h"
#include "primitives/target.h"

/// How the experts' kernels keep activations between launches: rounded to the weights' type, as an mma takes them, a row for each token,
/// zeros up to a whole number of stages.
///
/// A stage is 64 columns, 128 bytes, in two pairs of steps. A pair is in the order in which the lanes of an mma want it, so that one
/// 16-byte load is a lane's B operand for two steps. With t = lane % 4:
///
///     pair:    | t = 0: step 0, columns 0-3 | t = 0: step 1, columns 0-3 | t = 1: step 0, columns 4-7 | t = 1: step 1, columns 4-7 | ...
namespace unimed::connector {

constexpr int StageColumns = 64;
constexpr int PairColumns = 32;
/// Pieces of 16 bytes that a row has in a stage.
constexpr int StagePieces = 8;

UNIMED_BOTH constexpr int stage_count(int columns) {
    return (columns + StageColumns - 1) / StageColumns;
}

/// Numbers in a row of so many columns.
UNIMED_BOTH constexpr int operand_columns(int columns) {
    return stage_count(columns) * StageColumns;
}

/// Place in the row of a column; of four neighbours, the first a multiple of four, the places are neighbours too.
UNIMED_BOTH constexpr int operand_place(int column) {
    const int inside = column % PairColumns;
    const int step = inside / StepColumns;
    const int t = inside % StepColumns / 4;
    return column / PairColumns * PairColumns + t * 8 + step * 4 + column % 4;
}

} // namespace unimed::connector
