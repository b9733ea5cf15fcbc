#pragma once

#include <cstddef>
#include <cstdint>

#include "linear/fragment_order.h"
#include "primitives/arithmetic.h"
#include "primitives/global.h"
#include "primitives/half_pair.h"
#include "primitives/small_integers.h"

/// How weights [out, in] of 8 and 4 bits in blocks of 32 columns lie in GPU memory. Tiles, steps, the order of columns inside a step and
/// the shared tiles of gate and up are those of fragment_order.h. A stage is four steps, 64 columns, two blocks; the last one is filled up
/// with values of 0, and rows past the end have scales of 0.
///
///     matrix:  | tile 0 | tile 1 | ...
///     tile:    | values of stage 0 | values of stage 1 | ... | scales of stage 0 | scales of stage 1 | ... |
///     values, int8:  | block 0: lane 0, 16 bytes | ... | lane 31 | block 1: lane 0 | ... | lane 31 |       1024 bytes
///     values, int4:  | lane 0, 16 bytes | ... | lane 31 |                                                   512 bytes
///     scales:        | g 0: row 0 block 0, row 0 block 1, row 8 block 0, row 8 block 1 | g 1: rows 1, 9 | ... | g 7 |    64 bytes, f16
///
/// A lane's 16 bytes, r0..r3 being its registers of a step (two values each) and s the step within the block or stage:
///
///     int8:  word 2s = r0 low, r0 high, r1 low, r1 high (from the lowest byte);  word 2s + 1 = r2, r3 alike;   a byte is value + 128
///     int4:  word s  = r0..r3 low, then r0..r3 high (from the lowest half byte);                               a half byte is value + 8
///
/// The four lanes of a row pair read the same 8 bytes of scales in one request, which is 64 bytes, two sectors.
namespace unimed {

constexpr int StageColumns = StageSteps * StepColumns;
constexpr int BlockSteps = 2;
constexpr int StageBlocks = StageSteps / BlockSteps;

UNIMED_BOTH constexpr int stage_count(int in) {
    return (in + StageColumns - 1) / StageColumns;
}

/// A lane's part of a stage.
template <int Loads>
struct StageWeights {
    Words4 values[Loads];
    /// Row g in word 0, row g + 8 in word 1; block 0 in the low half.
    Words2 scales;
};

struct Int8Weights {
    /// 16-byte loads of a lane for a stage.
    static constexpr int StageLoads = 2;

    /// A operands of the two steps of a block of the stage.
    UNIMED_DEVICE static void unpack(std::uint32_t (&operands)[BlockSteps][4], const StageWeights<StageLoads> &stage, int block) {
        UNIMED_UNROLL
        for (int s = 0; s < BlockSteps; s++) {
            UNIMED_UNROLL
            for (int half = 0; half < 2; half++) {
                std::uint32_t pairs[2];
                bytes_to_halves(pairs, stage.values[block].word[2 * s + half]);
                operands[s][2 * half] = pairs[0];
                operands[s][2 * half + 1] = pairs[1];
            }
        }
    }
};

struct Int4Weights {
    static constexpr int StageLoads = 1;

    UNIMED_DEVICE static void unpack(std::uint32_t (&operands)[BlockSteps][4], const StageWeights<StageLoads> &stage, int block) {
        UNIMED_UNROLL
        for (int s = 0; s < BlockSteps; s++)
            half_bytes_to_halves(operands[s], stage.values[0].word[block * BlockSteps + s]);
    }
};

/// 16-byte pieces of a tile.
template <class Weights>
UNIMED_BOTH constexpr std::ptrdiff_t tile_words(int stages) {
    return static_cast<std::ptrdiff_t>(stages) * (Weights::StageLoads * 32 + 4);
}

/// Where a lane's parts of a tile's stages lie, from one of the stages on.
template <class Weights>
struct LaneStages {
    Global<const Words4> values;
    Global<const Words2> scales;

    UNIMED_DEVICE LaneStages(Global<const Words4> tile, int stage, int stages, int lane)
        : values(tile + (static_cast<std::ptrdiff_t>(stage) * Weights::StageLoads * 32 + lane)),
          scales(as<Words2>(tile + static_cast<std::ptrdiff_t>(stages) * Weights::StageLoads * 32) +
                 (static_cast<std::ptrdiff_t>(stage) * 8 + lane / 4)) {}

    /// The stage so many after that one, where it is wanted; elsewhere `to` stays as it is.
    UNIMED_DEVICE void load_where(bool wanted, StageWeights<Weights::StageLoads> &to, int later) const {
        UNIMED_UNROLL
        for (int i = 0; i < Weights::StageLoads; i++)
            load_once_where(wanted, to.values[i], values + (later * Weights::StageLoads + i) * 32);
        load_once_where(wanted, to.scales, scales + later * 8);
    }
};

/// sum += scale * product: a block's fp32 sum is finished before it is scaled, so the weights lose nothing. Registers 0 and 1 of the sum
/// are row g, 2 and 3 row g + 8.
UNIMED_DEVICE void add_scaled(float (&sum)[4], const float (&product)[4], const Words2 &scales, int block) {
    UNIMED_UNROLL
    for (int reg = 0; reg < 4; reg++)
        sum[reg] = multiply_add(widen_half<Float16>(scales.word[reg / 2], block), product[reg], sum[reg]);
}

} // namespace unimed
