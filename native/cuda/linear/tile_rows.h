#pragma once

#include <cstddef>

#include "linear/quantized_order.h"
#include "primitives/target.h"

/// How weights [out, in] travel to the card: the rows of each tile as they are stored, one after the other, filled up to whole units of 32
/// bytes. What is filled up, and rows that are not there, are zeros as the format has them: values of 0, scales of 0. Which rows share a
/// tile is the host's business: matrices one below the other, gate and up eight by eight.
///
///     f16, bf16:   | row 0: steps of 16 columns | row 1 | ... | row 15 |
///     int8, int4:  | row 0: stages of 64 columns | row 1 | ... | row 15 | scales of row 0: two a stage | scales of row 1 | ... |
///
/// A tile has as many bytes as in fragment order, and a unit, 32 bytes of each of its rows, becomes 512 bytes there: a step of f16 and
/// bf16, a block of int8, a stage of int4.
namespace unimed {

/// Pieces of 16 bytes that a row has in a unit.
constexpr int UnitPieces = 2;

/// Units of a stage, for int8 and int4.
template <class Weights>
constexpr int StageUnits = Weights::StageLoads;

} // namespace unimed
