// Causal attention of prompts over the paged cache: the row at position p sees positions 0 to p of its sequence.
//
//   query [rows, heads, head_dim] -> output [rows, heads, head_dim], fp32; sequences are ragged: sequence s has rows row_offsets[s] to
//   row_offsets[s + 1], the first of them at position start_positions[s]; their keys and values are in the cache already. Scores are
//   q.k * head_dim^-0.5. head_dim is even and at most 128; heads is a multiple of kv_heads.
//
//   kernel              threads   grid (x, y, z)
//   prefill_attention   128       (ceil(most rows of a sequence / 64), heads, sequences); blocks past the end of their sequence leave
//   arguments: query, cache (the layer's first block), row_offsets [sequences + 1], start_positions [sequences], block_tables
//   [sequences, blocks_per_sequence], output, blocks_per_sequence, heads, kv_heads, head_dim, block_size
//
// Work: 4 * head_dim FLOPs for each head, row and position it sees; 104 rows from position 0 at 32 heads of 128: 0.09 GFLOP a layer.
// Bytes: queries once, outputs once, and the keys and values of a head once for every 16 rows that see them, out of L1 where the four warps
// of a block meet, out of L2 for each 64 rows: 1.7 MB from memory and 2.8 MB from L2 for those 104 rows.
// Tricks: attention_unit.h: both products take their operands from the cache as they lie, without shared memory, and sums are the same
// bits as decode attention's. A unit's 8 channels are folded into the total as soon as their product is done, so only one total is kept.
// A row must not see what lies behind it, not even multiplied by a weight of zero: should a unit on the diagonal hold a value that is no
// number, each row's product is done with the values it sees.
//
// Error: q (after scaling), and the weights, which are at most 1, are rounded to f16 (u = 2^-11), the rest is fp32. With S = the largest
// sum_i |q_i k_i| * head_dim^-0.5 over the keys of a row: |error| <= (e^(2.1 u S) - 1 + 2.1 u + 2^-22 units) * max |v|.

#include "language/attention_unit.h"
#include "language/row_pair.h"
#include "primitives/dependency.h"
#include "primitives/kernel.h"

namespace unimed::language {
namespace {

constexpr int PrefillWarps = 4;
// Tiles of values under way while as many are multiplied.
constexpr int GroupTiles = 4;

struct Prefill {
    CachedSequence cached;
    Global<const float> query;
    Global<float> output;
    int heads;
    int head;
    // Of the sequence in the batch; of the warp in the sequence.
    int sequence_row;
    int first_row;
    int rows;
    int start_position;

    [[nodiscard]] UNIMED_DEVICE int last_slot(int row) const { return cached.shape.slot_index(start_position + row); }
    [[nodiscard]] UNIMED_DEVICE std::ptrdiff_t row_offset(int row) const {
        return (static_cast<std::ptrdiff_t>(sequence_row + row) * heads + head) * cached.shape.head_dim;
    }
};

UNIMED_DEVICE bool have_infinity_or_nan(const Words4 (&values)[GroupTiles]) {
    bool found = false;
    UNIMED_UNROLL
    for (int n = 0; n < GroupTiles; n++) {
        UNIMED_UNROLL
        for (int w = 0; w < 4; w++)
            found = found || (values[n].word[w] & 0x7C00u) == 0x7C00u || (values[n].word[w] & 0x7C000000u) == 0x7C000000u;
    }
    return found;
}

// As UnitWeights::gather, each row with the values it sees.
UNIMED_DEVICE void gather_apart(float (&gathered)[4], const Prefill &a, const UnitWeights &weights, const Words4 &values,
                                const Piece &piece, int rows) {
    UNIMED_UNROLL
    for (int reg = 0; reg < 4; reg++)
        gathered[reg] = 0;
    UNIMED_NO_UNROLL
    for (int row = 0; row < rows; row++) {
        float of_row[4];
        weights.gather(of_row, first_values(values, piece.visible(a.last_slot(a.first_row + row))));
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++)
            if (row == lane_index() / 4 + reg / 2 * 8)
                gathered[reg] = of_row[reg];
    }
}

// Rows first_row .. first_row + 15 of the sequence, as far as it has them.
UNIMED_DEVICE void attend(const Prefill &a) {
    const CacheShape &shape = a.cached.shape;
    const int lane = lane_index();
    const int here = a.rows - a.first_row < QueryRows ? a.rows - a.first_row : QueryRows;
    const int last = a.last_slot(a.first_row + here - 1);
    const int all_see = a.last_slot(a.first_row);

    Global<const float> query_rows[2];
    bool there[2];
    int row_last[2];
    UNIMED_UNROLL
    for (int r = 0; r < 2; r++) {
        const int row = lane / 4 + 8 * r;
        there[r] = row < here;
        query_rows[r] = a.query + a.row_offset(a.first_row + row);
        row_last[r] = there[r] ? a.last_slot(a.first_row + row) : -1;
    }
    const Queries queries(query_rows, there, shape.head_dim, is_aligned(a.query, 16) && shape.head_dim % 4 == 0);

    float total[ValueTiles][4] = {};
    float largest[2] = {-INFINITY, -INFINITY};
    float sum[2] = {};
    UNIMED_NO_UNROLL
    for (int unit = 0; unit < unit_count(last); unit++) {
        const LanePieces pieces(a.cached, unit, last);
        const Piece &piece = pieces.values;
        Words4 keys[Pieces][KeyWords];
        load_keys<false>(keys, shape, pieces.keys, pieces.keys.visible(last));
        Words4 values[2][GroupTiles];
        const int visible = piece.visible(last);
        load_values<false>(values[0], shape, piece, 0, visible);
        const UnitWeights weights(queries, keys, shape.head_dim, {piece.visible(row_last[0]), piece.visible(row_last[1])});
        const Fold fold[2] = {{largest[0], weights.largest[0]}, {largest[1], weights.largest[1]}};
        UNIMED_UNROLL
        for (int r = 0; r < 2; r++)
            sum[r] = fold[r](sum[r], weights.sum[r]);

        UNIMED_UNROLL
        for (int group = 0; group < ValueTiles / GroupTiles; group++) {
            if (group * GroupTiles * 8 >= shape.head_dim)
                break;
            Words4(&now)[GroupTiles] = values[group % 2];
            if (group + 1 < ValueTiles / GroupTiles)
                load_values<false>(values[(group + 1) % 2], shape, piece, (group + 1) * GroupTiles, visible);
            keep_first_values(now, visible);
            float gathered[GroupTiles][4];
            if (unit * UnitSlots + UnitSlots - 1 > all_see && any(have_infinity_or_nan(now))) {
                UNIMED_UNROLL
                for (int n = 0; n < GroupTiles; n++)
                    gather_apart(gathered[n], a, weights, now[n], piece, here);
            } else {
                UNIMED_UNROLL
                for (int n = 0; n < GroupTiles; n++)
                    weights.gather(gathered[n], now[n]);
            }
            UNIMED_UNROLL
            for (int n = 0; n < GroupTiles; n++) {
                UNIMED_UNROLL
                for (int reg = 0; reg < 4; reg++) {
                    float &sum_of_all = total[group * GroupTiles + n][reg];
                    sum_of_all = fold[reg / 2](sum_of_all, gathered[n][reg]);
                }
            }
        }
    }

    const bool aligned = is_aligned(a.output, 8);
    UNIMED_UNROLL
    for (int r = 0; r < 2; r++) {
        const int row = lane / 4 + 8 * r;
        const float scale = 1.0f / sum[r];
        if (row >= here)
            continue;
        const Global<float> out = a.output + a.row_offset(a.first_row + row);
        UNIMED_UNROLL
        for (int n = 0; n < ValueTiles; n++)
            store_two(out, n * 8 + lane % 4 * 2, shape.head_dim, aligned, {{total[n][2 * r] * scale, total[n][2 * r + 1] * scale}});
    }
}

} // namespace

UNIMED_KERNEL(prefill_attention, 128,
              (Global<const float> query, Global<const Float16> cache, Global<const int> row_offsets, Global<const int> start_positions,
               Global<const int> block_tables, Global<float> output, int blocks_per_sequence, int heads, int kv_heads, int head_dim,
               int block_size)) {
    constexpr int BlockRows = PrefillWarps * QueryRows;
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int sequence = block_z();
    const int head = block_y();
    const int sequence_row = load(row_offsets + sequence);
    const int rows = load(row_offsets + sequence + 1) - sequence_row;
    // The last rows see the most, so they come first.
    const int block = (rows + BlockRows - 1) / BlockRows - 1 - block_x();
    const int first_row = block * BlockRows + warp_index() * QueryRows;
    if (block >= 0 && first_row < rows)
        attend({{{kv_heads, head_dim, block_size},
                 cache,
                 block_tables + static_cast<std::ptrdiff_t>(sequence) * blocks_per_sequence,
                 head / (heads / kv_heads)},
                query,
                output,
                heads,
                head,
                sequence_row,
                first_row,
                rows,
                load(start_positions + sequence)});
}

} // namespace unimed::language
