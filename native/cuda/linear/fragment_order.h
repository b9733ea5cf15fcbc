#pragma once

#include <cstddef>
#include <cstdint>

#include "primitives/fragment_maps.h"
#include "primitives/target.h"

/// How weights [out, in] of 16-bit numbers lie in GPU memory: the A operands of mma.m16n8k16, in the order in which warps read them.
///
/// A tile is 16 rows, a step 16 columns; both are filled up with zeros. One step of a tile is 512 bytes, 16 for each lane: its four
/// registers.
///
///     matrix:  | tile 0: step 0 | step 1 | ... | last step | tile 1: step 0 | ...
///     step:    | lane 0: r0 r1 r2 r3 | lane 1: r0 r1 r2 r3 | ... | lane 31: r0 r1 r2 r3 |
///
/// The order of columns inside a step is ours to choose, as long as A and B agree: a lane's four B values are four neighbours in memory, so
/// that it reads its activations with one 16-byte load. With g = lane / 4 and t = lane % 4:
///
///     mma column    2t    2t+1  2t+8  2t+9           r0 = row g,     columns 4t,   4t+1 of the step
///     our column    4t    4t+1  4t+2  4t+3           r1 = row g + 8, columns 4t,   4t+1
///                                                    r2 = row g,     columns 4t+2, 4t+3
///                                                    r3 = row g + 8, columns 4t+2, 4t+3
///
/// Gate and up projections of a SwiGLU share tiles: rows 0-7 are 8 rows of gate, rows 8-15 the same 8 rows of up, so that both halves of an
/// output end in registers of the same lane.
namespace unimed {

constexpr int TileRows = 16;
constexpr int StepColumns = 16;
/// Parts into which K is split, always in the same places, for a sum in one fixed order: partial sums of each part, then their sum in
/// order.
constexpr int Slices = 8;
/// Slices are whole stages of this many steps.
constexpr int StageSteps = 4;

UNIMED_BOTH constexpr int tile_count(int out) {
    return (out + TileRows - 1) / TileRows;
}

UNIMED_BOTH constexpr int step_count(int in) {
    return (in + StepColumns - 1) / StepColumns;
}

/// Steps of every slice but the last that is not empty.
UNIMED_BOTH constexpr int slice_steps(int in) {
    return (step_count(in) + Slices * StageSteps - 1) / (Slices * StageSteps) * StageSteps;
}

/// Our column of a step at a column of the mma.
UNIMED_BOTH constexpr std::uint32_t step_column(std::uint32_t mma_column) {
    return mma_column % 8 / 2 * 4 + mma_column / 8 * 2 + mma_column % 2;
}

/// Index of a lane's 16 bytes.
UNIMED_BOTH constexpr std::ptrdiff_t fragment_index(int tile, int step, int steps, int lane) {
    return (static_cast<std::ptrdiff_t>(tile) * steps + step) * 32 + lane;
}

} // namespace unimed
