#pragma once

#include <cmath>

#include "language/cache.h"
#include "primitives/arithmetic.h"
#include "primitives/global.h"
#include "primitives/half_pair.h"
#include "primitives/mma.h"
#include "primitives/row.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

/// What prefill and decode attention share: 16 queries of a warp against one unit, 32 slots of the cache.
///
/// A unit has its own largest score, and its weights are relative to that; units are then folded one after the other, from the first. So
/// a query's result depends on its position and the cache's block size, not on who computes the units, and prefill, decode and any
/// chunks of a prompt give the same bits. Everything happens in registers: with g = lane / 4 and t = lane % 4,
///
///     operand                         mma's column or row        is
///     queries (A), step 2j + e        2t, 2t+1, 2t+8, 2t+9       channels 32j + 8t + 4e + 0, 1, 2, 3 of query g (and g + 8)
///     keys (B), step 2j + e           2t, 2t+1, 2t+8, 2t+9       the same channels: words 2e, 2e+1 of a lane's 16 bytes
///     keys (B), tile i                g                          slot 8 (g / 2) + 2i + g % 2
///     scores (C), tile i              2t, 2t+1                   slots 8t + 2i, 8t + 2i + 1: lane t ends with piece t
///     weights (A), step s             2t, 2t+1, 2t+8, 2t+9       slots 8t + 4s + 0, 1, 2, 3: tiles 2s and 2s + 1 of the scores
///     values (B), step s              2t, 2t+1, 2t+8, 2t+9       the same slots: words 2s, 2s+1 of the 16 bytes of a channel's piece t
///     values (B), tile n              g                          channel 8n + g
namespace unimed::language {

constexpr int Pieces = 4;
constexpr int UnitSlots = Pieces * PieceSlots;
constexpr int QueryRows = 16;
/// The widest head.
constexpr int Width = 128;
constexpr int QuerySteps = Width / 16;
constexpr int KeyWords = Width / 32;
constexpr int ValueTiles = Width / 8;

UNIMED_BOTH constexpr int unit_count(int last_slot) {
    return last_slot / UnitSlots + 1;
}

/// Queries of rows g and g + 8, scaled so that a weight is 2^score, as A operands; zeros for a row that is not there.
struct Queries {
    std::uint32_t operand[QuerySteps][4];

    /// `row[r]` is read only where `there[r]` says so.
    UNIMED_DEVICE Queries(const Global<const float> (&row)[2], const bool (&there)[2], int head_dim, bool aligned) {
        const float scale = inverse_square_root(static_cast<float>(head_dim)) * 1.44269504088896340736f;
        // All loads are under way before the first number is used.
        Floats4 raw[QuerySteps][2] = {};
        const auto load_all = [&](bool in_fours) {
            UNIMED_UNROLL
            for (int step = 0; step < QuerySteps; step++) {
                UNIMED_UNROLL
                for (int r = 0; r < 2; r++)
                    if (there[r])
                        raw[step][r] = load_four(row[r], step / 2 * 32 + lane_index() % 4 * 8 + step % 2 * 4, head_dim, in_fours);
            }
        };
        if (aligned)
            load_all(true);
        else
            load_all(false);
        UNIMED_UNROLL
        for (int step = 0; step < QuerySteps; step++) {
            UNIMED_UNROLL
            for (int r = 0; r < 2; r++) {
                const Floats4 &four = raw[step][r];
                operand[step][r] = pack_pair<Float16>(four.value[0] * scale, four.value[1] * scale);
                operand[step][r + 2] = pack_pair<Float16>(four.value[2] * scale, four.value[3] * scale);
            }
        }
    }
};

/// The pieces of a unit that a lane has to do with: that of its keys, and that of its scores and values.
struct LanePieces {
    Piece keys;
    Piece values;

    UNIMED_DEVICE LanePieces(const CachedSequence &sequence, int unit, int last)
        : keys(find_piece(sequence, unit * Pieces + lane_index() / 8, last)),
          values(find_piece(sequence, unit * Pieces + lane_index() % 4, last)) {}
};

/// A lane's keys of a unit, as they lie; zeros for slots that are not `visible` and channels past the end.
template <bool Once>
UNIMED_DEVICE void load_keys(Words4 (&keys)[Pieces][KeyWords], const CacheShape &shape, const Piece &piece, int visible) {
    const int channels = shape.channels();
    UNIMED_UNROLL
    for (int i = 0; i < Pieces; i++) {
        const int slot = 2 * i + lane_index() / 4 % 2;
        UNIMED_UNROLL
        for (int j = 0; j < KeyWords; j++) {
            const int channel = j * 32 + lane_index() % 4 * 8;
            keys[i][j] = Words4{};
            if (slot < visible && channel < channels) {
                const Global<const Words4> at = as<Words4>(piece.keys + (slot * channels + channel));
                keys[i][j] = Once ? load_once(at) : load_together(at);
            }
        }
    }
}

/// Keeps the first `count` of 8 values, and zeros for those that nobody may see: their weights are zero, but zero times NaN is not.
UNIMED_DEVICE Words4 first_values(const Words4 &values, int count) {
    Words4 kept;
    UNIMED_UNROLL
    for (int w = 0; w < 4; w++)
        kept.word[w] = count > 2 * w + 1 ? values.word[w] : count > 2 * w ? values.word[w] & 0xFFFFu : 0u;
    return kept;
}

/// The same of each tile of a lane, unless every lane keeps all.
template <int Tiles>
UNIMED_DEVICE void keep_first_values(Words4 (&values)[Tiles], int count) {
    if (all(count == PieceSlots))
        return;
    UNIMED_UNROLL
    for (int n = 0; n < Tiles; n++)
        values[n] = first_values(values[n], count);
}

/// A lane's values of its piece for Tiles tiles of 8 channels, as they lie; zeros for pieces with nothing `visible` and channels past the
/// end. first_values makes them fit for use, which is the caller's to do when they have arrived.
template <bool Once, int Tiles>
UNIMED_DEVICE void load_values(Words4 (&values)[Tiles], const CacheShape &shape, const Piece &piece, int first_tile, int visible) {
    const int slots = shape.slots();
    UNIMED_UNROLL
    for (int n = 0; n < Tiles; n++) {
        values[n] = Words4{};
        if (visible > 0 && (first_tile + n) * 8 < shape.head_dim) {
            const Global<const Words4> at = as<Words4>(piece.values + ((first_tile + n) * 8 + lane_index() / 4) * slots);
            values[n] = Once ? load_once(at) : load_together(at);
        }
    }
}

/// Weights of a unit, relative to its largest score. A lane has rows g and g + 8.
struct UnitWeights {
    /// A operands of the second product.
    std::uint32_t operand[2][4];
    float largest[2];
    float sum[2];

    /// `visible[r]`: how many slots of the lane's piece row r sees.
    UNIMED_DEVICE UnitWeights(const Queries &queries, const Words4 (&keys)[Pieces][KeyWords], int head_dim, const int (&visible)[2]) {
        float score[Pieces][4] = {};
        UNIMED_UNROLL
        for (int j = 0; j < KeyWords; j++) {
            if (j * 32 >= head_dim)
                break;
            UNIMED_UNROLL
            for (int i = 0; i < Pieces; i++) {
                UNIMED_UNROLL
                for (int e = 0; e < 2; e++)
                    mma_m16n8k16<Float16>(score[i], queries.operand[2 * j + e], {keys[i][j].word[2 * e], keys[i][j].word[2 * e + 1]});
            }
        }
        UNIMED_UNROLL
        for (int r = 0; r < 2; r++) {
            float most = -INFINITY;
            UNIMED_UNROLL
            for (int i = 0; i < UnitSlots / 4; i++) {
                float &mine = score[i / 2][2 * r + i % 2];
                mine = i < visible[r] ? mine : -INFINITY;
                most = larger(most, mine);
            }
            most = larger(most, shuffle_xor(most, 1));
            most = larger(most, shuffle_xor(most, 2));
            largest[r] = most;
            const float measure = finite_measure(most);
            float added = 0;
            UNIMED_UNROLL
            for (int i = 0; i < UnitSlots / 4; i++) {
                float &mine = score[i / 2][2 * r + i % 2];
                mine = exponential2_fast(mine - measure);
                added += mine;
            }
            added += shuffle_xor(added, 1);
            added += shuffle_xor(added, 2);
            sum[r] = added;
        }
        UNIMED_UNROLL
        for (int s = 0; s < 2; s++) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++) {
                const float(&tile)[4] = score[2 * s + reg / 2];
                operand[s][reg] = pack_pair<Float16>(tile[reg % 2 * 2], tile[reg % 2 * 2 + 1]);
            }
        }
    }

    /// The weighted sum of 8 channels of values, from zero on.
    UNIMED_DEVICE void gather(float (&gathered)[4], const Words4 &values) const {
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++)
            gathered[reg] = 0;
        mma_m16n8k16<Float16>(gathered, operand[0], {values.word[0], values.word[1]});
        mma_m16n8k16<Float16>(gathered, operand[1], {values.word[2], values.word[3]});
    }

    /// A NaN is left out here; it comes back through the weights.
    UNIMED_DEVICE static float larger(float a, float b) { return b > a ? b : a; }

    /// Where every score is -infinity, any finite measure gives weights of 0.
    UNIMED_DEVICE static float finite_measure(float largest) { return largest == -INFINITY ? 0.0f : largest; }
};

/// Brings what was gathered before and what a unit gathered to the same measure.
struct Fold {
    float before;
    float added;

    /// Updates the largest score.
    UNIMED_DEVICE Fold(float &largest, float of_unit) {
        const float now = UnitWeights::larger(largest, of_unit);
        const float measure = UnitWeights::finite_measure(now);
        before = exponential2_fast(largest - measure);
        added = exponential2_fast(of_unit - measure);
        largest = now;
    }

    [[nodiscard]] UNIMED_DEVICE float operator()(float total, float of_unit) const { return multiply_add(of_unit, added, total * before); }
};

} // namespace unimed::language
