// Causal attention over the paged cache, of prompts and of single tokens: the row at position p sees positions 0 to p of its sequence.
//
//   query [rows, heads, head_dim] fp32, cache binary16 (paged_cache.h) -> output [rows, heads, head_dim] fp32; scores are q.k * head_dim^-0.5
//   row_sequences, row_positions [rows] and block_tables from device memory
//   cached_attention        grid: (rows, heads), block: 128 threads; head_dim up to 256, any kv_heads that divide heads
//
// Work: 4 * head_dim FLOPs a head and position seen. Bytes: 4 * head_dim a head and position, once; a decode step of LLaMA-2-7B reads 0.5 MB for each
// cached position. A prompt's rows read the same positions again, from L2.
// Trick: the four warps take the sequence's cache blocks in turn, each with an online softmax in fp32, and their four results are added in order. Which
// warp takes a position depends on the position alone, so a row has the same bits in a prompt, as a single token, and in any batch.

#include "language/paged_cache.h"
#include "primitives/arithmetic.h"
#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/shared.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed::language {
namespace {

constexpr int AttentionWarps = 4;
constexpr int MostHeadDim = 256;
/// Channels of a lane: lane, lane + 32, ...
constexpr int LaneChannels = MostHeadDim / 32;

UNIMED_DEVICE float to_single(std::uint16_t half) {
    return widen(Float16{half});
}

/// The softmax so far of the positions that one warp has seen.
struct Partial {
    float largest;
    float sum;
    float channels[LaneChannels];
};

UNIMED_DEVICE void see(Partial &partial, float score, Global<const std::uint16_t> value, int head_dim) {
    const float largest = score > partial.largest ? score : partial.largest;
    const float keep = exponential(partial.largest - largest);
    const float weight = exponential(score - largest);
    partial.largest = largest;
    partial.sum = multiply_add(partial.sum, keep, weight);
    UNIMED_UNROLL
    for (int j = 0; j < LaneChannels; j++) {
        const int channel = lane_index() + 32 * j;
        if (channel < head_dim)
            partial.channels[j] = multiply_add(partial.channels[j], keep, weight * to_single(load(value + channel)));
    }
}

} // namespace
} // namespace unimed::language

namespace unimed {

UNIMED_KERNEL(cached_attention, 128,
              (Global<const float> query, Global<std::uint16_t> layer, Global<float> output, Global<const int> row_sequences,
               Global<const int> row_positions, Global<const int> block_tables, int blocks_per_sequence, int heads, int kv_heads, int head_dim,
               int block_size, float scale)) {
    using namespace language;
    UNIMED_SHARED(largests, float, AttentionWarps);
    UNIMED_SHARED(sums, float, AttentionWarps);
    UNIMED_SHARED(vectors, float, AttentionWarps *MostHeadDim);
    let_next_kernel_start();
    wait_for_previous_kernels();
    const PagedCache cache{layer, block_tables, blocks_per_sequence, kv_heads, head_dim, block_size};
    const int row = block_x();
    const int head = block_y();
    const int kv_head = head / (heads / kv_heads);
    const int sequence = load(row_sequences + row);
    const int seen = load(row_positions + row) + 1;
    const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(row) * heads + head) * head_dim;

    float own[LaneChannels];
    UNIMED_UNROLL
    for (int j = 0; j < LaneChannels; j++) {
        const int channel = lane_index() + 32 * j;
        own[j] = channel < head_dim ? load(query + at + channel) * scale : 0.0f;
    }

    Partial partial{-__builtin_inff(), 0.0f, {}};
    for (int first = warp_index() * block_size; first < seen; first += AttentionWarps * block_size) {
        const int block = cache.block_of(sequence, first);
        for (int slot = 0; slot < block_size && first + slot < seen; slot++) {
            const Global<const std::uint16_t> key = cache.row(block, 0, kv_head, slot);
            float product = 0;
            UNIMED_UNROLL
            for (int j = 0; j < LaneChannels; j++) {
                const int channel = lane_index() + 32 * j;
                if (channel < head_dim)
                    product = multiply_add(own[j], to_single(load(key + channel)), product);
            }
            see(partial, warp_sum(product), cache.row(block, 1, kv_head, slot), head_dim);
        }
    }

    if (lane_index() == 0) {
        store(largests + warp_index(), partial.largest);
        store(sums + warp_index(), partial.sum);
    }
    UNIMED_UNROLL
    for (int j = 0; j < LaneChannels; j++)
        if (lane_index() + 32 * j < head_dim)
            store(vectors + (warp_index() * MostHeadDim + lane_index() + 32 * j), partial.channels[j]);
    block_barrier();

    float largest = load(largests + 0);
    UNIMED_UNROLL
    for (int warp = 1; warp < AttentionWarps; warp++) {
        const float other = load(largests + warp);
        largest = other > largest ? other : largest;
    }
    for (int channel = thread_index(); channel < head_dim; channel += thread_count()) {
        float sum = 0;
        float value = 0;
        UNIMED_UNROLL
        for (int warp = 0; warp < AttentionWarps; warp++) {
            const float share = load(sums + warp) == 0.0f ? 0.0f : exponential(load(largests + warp) - largest);
            sum = multiply_add(load(sums + warp), share, sum);
            value = multiply_add(load(vectors + (warp * MostHeadDim + channel)), share, value);
        }
        store(output + at + channel, value / sum);
    }
}

} // namespace unimed
