// Attention of a decode step over the paged cache: one row a sequence, the newest, which sees every cached position.
//
//   query [sequences, heads, head_dim] -> output [sequences, heads, head_dim], fp32. The batch is described as for prefill_attention, a
//   sequence having one row or none (a place of a captured step that nobody takes). head_dim is even and at most 128; heads is a multiple
//   of kv_heads.
//
//   kernel             threads   grid (x, y, z)
//   decode_attention   128       (any; best ceil(units of the longest sequence / 4)), kv_heads * ceil(heads / kv_heads / 16), sequences
//   decode_combine     128       (ceil(heads / 4), sequences)
//   arguments: decode_attention: query, cache (the layer's first block), row_offsets [sequences + 1], start_positions [sequences],
//              block_tables [sequences, blocks_per_sequence], vectors, weights, blocks_per_sequence, most_units, heads, kv_heads, head_dim,
//              block_size
//              decode_combine: vectors, weights, row_offsets, start_positions, output, most_units, heads, head_dim, block_size
//   workspace: vectors [sequences, heads, most_units, head_dim] fp32, weights [sequences, heads, most_units, 2] fp32, aligned to 16 bytes;
//              most_units >= the units of the longest sequence; a sequence of n positions has ceil(n / 32) units (block sizes that are no
//              multiple of 8: its slots, filling included, instead of n).
//
// Work: 4 * head_dim FLOPs for each head and position. Bytes: every cached byte of the sequence once, 4 * kv_heads * head_dim a position
// and layer (16 KiB at 32 heads of 128: 3.3 MB for 200 positions), and 1/16 of that, out of L2, for what the
// units hand to decode_combine.
// Tricks: the cache is split into units of 32 slots, a function of the position alone; a warp takes a unit with all its 16 KiB of loads
// under way at once, straight into the registers of the tensor cores (attention_unit.h). The heads that share a kv_head are rows of one
// product, so that its keys and values are read once. decode_combine folds the units in order, exactly as prefill attention does. It is a
// kernel of its own and not the last block's work, which would need a counter in memory and a fence in every block: launched dependently
// its start overlaps this one's end, and nothing needs to be reset when a step fails.
//
// Error: as prefill attention, whose bits it gives.

#include "language/attention_unit.h"
#include "language/row_pair.h"
#include "primitives/dependency.h"
#include "primitives/kernel.h"

namespace unimed::language {

UNIMED_KERNEL(decode_attention, 128,
              (Global<const float> query, Global<const Float16> cache, Global<const int> row_offsets, Global<const int> start_positions,
               Global<const int> block_tables, Global<float> vectors, Global<float> weights, int blocks_per_sequence, int most_units,
               int heads, int kv_heads, int head_dim, int block_size)) {
    constexpr int Warps = 4;
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int sequence = block_z();
    const int kv_head = block_y() % kv_heads;
    const int group = heads / kv_heads;
    // Of this block's rows in the group.
    const int first = block_y() / kv_heads * QueryRows;
    const int here = group - first < QueryRows ? group - first : QueryRows;
    const int row = load(row_offsets + sequence);
    const CachedSequence cached{
        {kv_heads, head_dim, block_size}, cache, block_tables + static_cast<std::ptrdiff_t>(sequence) * blocks_per_sequence, kv_head};
    const int last = cached.shape.slot_index(load(start_positions + sequence));
    const int units = load(row_offsets + sequence + 1) > row ? unit_count(last) : 0;
    const int first_unit = block_x() * Warps + warp_index();

    if (first_unit < units) {
        // Where the keys and values are takes as long to learn as the queries do.
        LanePieces pieces(cached, first_unit, last);
        const int lane = lane_index();
        const int head = kv_head * group + first;
        Global<const float> query_rows[2];
        bool there[2];
        UNIMED_UNROLL
        for (int r = 0; r < 2; r++) {
            there[r] = lane / 4 + 8 * r < here;
            query_rows[r] = query + (static_cast<std::ptrdiff_t>(row) * heads + head + lane / 4 + 8 * r) * head_dim;
        }
        const Queries queries(query_rows, there, head_dim, is_aligned(query, 16) && head_dim % 4 == 0);

        UNIMED_NO_UNROLL
        for (int unit = first_unit; unit < units; unit += block_count_x() * Warps) {
            const int visible = pieces.values.visible(last);
            Words4 keys[Pieces][KeyWords];
            load_keys<true>(keys, cached.shape, pieces.keys, pieces.keys.visible(last));
            Words4 values[ValueTiles];
            load_values<true>(values, cached.shape, pieces.values, 0, visible);
            pieces = LanePieces(cached, unit + block_count_x() * Warps, last);
            const UnitWeights unit_weights(queries, keys, head_dim, {visible, visible});
            keep_first_values(values, visible);
            Global<float> out[2];
            UNIMED_UNROLL
            for (int r = 0; r < 2; r++) {
                const int of_head = head + lane / 4 + 8 * r;
                const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(sequence) * heads + of_head) * most_units + unit;
                out[r] = vectors + at * head_dim;
                if (there[r] && lane % 4 == 0)
                    store(as<Floats2>(weights + 2 * at), Floats2{{unit_weights.largest[r], unit_weights.sum[r]}});
            }
            UNIMED_UNROLL
            for (int n = 0; n < ValueTiles; n++) {
                if (n * 8 >= head_dim)
                    break;
                float gathered[4];
                unit_weights.gather(gathered, values[n]);
                UNIMED_UNROLL
                for (int r = 0; r < 2; r++)
                    if (there[r])
                        store_two(out[r], n * 8 + lane % 4 * 2, head_dim, true, {{gathered[2 * r], gathered[2 * r + 1]}});
            }
        }
    }
}

UNIMED_KERNEL(decode_combine, 128,
              (Global<const float> vectors, Global<const float> weights, Global<const int> row_offsets, Global<const int> start_positions,
               Global<float> output, int most_units, int heads, int head_dim, int block_size)) {
    constexpr int Warps = 4;
    // Units under way at once.
    constexpr int Ahead = 4;
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int sequence = block_y();
    const int head = block_x() * Warps + warp_index();
    const int row = load(row_offsets + sequence);
    if (head >= heads || load(row_offsets + sequence + 1) == row)
        return;
    const int units = unit_count(CacheShape{1, head_dim, block_size}.slot_index(load(start_positions + sequence)));
    const std::ptrdiff_t first = (static_cast<std::ptrdiff_t>(sequence) * heads + head) * most_units;
    const int column = lane_index() * 4;
    const bool aligned = head_dim % 4 == 0;

    Floats4 total{};
    float largest = -INFINITY;
    float sum = 0;
    UNIMED_NO_UNROLL
    for (int unit = 0; unit < units; unit += Ahead) {
        Floats4 vector[Ahead];
        Floats2 weight[Ahead];
        UNIMED_UNROLL
        for (int i = 0; i < Ahead; i++)
            if (unit + i < units) {
                vector[i] = load_four(vectors + (first + unit + i) * head_dim, column, head_dim, aligned);
                weight[i] = load(as<Floats2>(weights + (first + unit + i) * 2));
            }
        UNIMED_UNROLL
        for (int i = 0; i < Ahead; i++)
            if (unit + i < units) {
                const Fold fold(largest, weight[i].value[0]);
                sum = fold(sum, weight[i].value[1]);
                UNIMED_UNROLL
                for (int j = 0; j < 4; j++)
                    total.value[j] = fold(total.value[j], vector[i].value[j]);
            }
    }
    const float scale = 1.0f / sum;
    UNIMED_UNROLL
    for (int j = 0; j < 4; j++)
        total.value[j] *= scale;
    store_four(output + (static_cast<std::ptrdiff_t>(row) * heads + head) * head_dim, column, head_dim, aligned && is_aligned(output, 16),
               total);
}

} // namespace unimed::language
