#pragma once

#include <cstdint>

#include "primitives/target.h"

/// Which matrix element a register of a lane holds, as the PTX manual's figures for mma.m16n8k16 (16-bit floating point) and ldmatrix give
/// it.
///
///            column 0 1   2 3   4 5   6 7   8 9   10 11 12 13 14 15
///   row 0        | L0  | L1  | L2  | L3  | L0   | L1   | L2   | L3  |
///   row 1        | L4  | L5  | L6  | L7  | L4   | L5   | L6   | L7  |      A: rows 0-7 are registers 0 (left half) and 2 (right half),
///   ...                                                                   rows 8-15 registers 1 and 3; two halves a register,
///   row 7        | L28 | L29 | L30 | L31 | L28  | L29  | L30  | L31 |      the lower column in the low half.
///
/// B (16 x 8) is held as A's upper half would be if it were transposed: column n by lanes 4n..4n+3, rows 0-7 in register 0, 8-15 in
/// register 1. C and D (16 x 8) are as A's left half, with one fp32 register for each element.
namespace unimed {

struct MatrixPosition {
    std::uint32_t row;
    std::uint32_t column;

    friend constexpr bool operator==(MatrixPosition, MatrixPosition) = default;
};

/// Register 0..3 of A, half 0 (low) or 1 (high).
UNIMED_BOTH constexpr MatrixPosition mma_a_position(std::uint32_t lane, std::uint32_t reg, std::uint32_t half) {
    return {lane / 4 + 8 * (reg % 2), lane % 4 * 2 + half + 8 * (reg / 2)};
}

/// Register 0..1 of B, half 0 or 1; the row is the position along K.
UNIMED_BOTH constexpr MatrixPosition mma_b_position(std::uint32_t lane, std::uint32_t reg, std::uint32_t half) {
    return {lane % 4 * 2 + half + 8 * reg, lane / 4};
}

/// Register 0..3 of C and D.
UNIMED_BOTH constexpr MatrixPosition mma_c_position(std::uint32_t lane, std::uint32_t reg) {
    return {lane / 4 + 8 * (reg / 2), lane % 4 * 2 + reg % 2};
}

/// ldmatrix without .trans: the register of one 8 x 8 matrix, half 0 or 1. With .trans, row and column change places.
UNIMED_BOTH constexpr MatrixPosition ldmatrix_position(std::uint32_t lane, std::uint32_t half) {
    return {lane / 4, lane % 4 * 2 + half};
}

} // namespace unimed
