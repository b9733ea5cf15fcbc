// Rotary embedding and cache write: the end of a layer's q, k and v projections.
//
//   query [rows, heads, head_dim] in place, key and value [rows, kv_heads, head_dim], fp32, as the linear kernels leave them
//   cos, sin [positions, head_dim / 2]; half-split convention: channel i turns with channel i + head_dim / 2
//   row_sequences, row_positions [rows]; block_tables [sequences, blocks_per_sequence]; all read from device memory, so a captured graph stays right
//   rotary_cache_write      grid: (rows), block: 256 threads, no shared memory
//
// Work: 6 FLOPs a channel pair. Bytes: 8 * (heads + kv_heads) * head_dim + 4 * kv_heads * head_dim read and written a row, from L2, and 4 * kv_heads *
// head_dim to the cache: 16 KB for LLaMA-2-7B, nothing beside the 100 MB of weights that made them.
// Trick: none is needed. It is a kernel of its own because both halves of a head meet in it, which the tiles of 16 rows of the linear kernels keep apart.

#include "language/paged_cache.h"
#include "primitives/arithmetic.h"
#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/threads.h"

namespace unimed::language {
namespace {

struct Pair {
    float lower;
    float upper;
};

UNIMED_DEVICE Pair turn(Global<const float> head, int i, int half, float cos, float sin) {
    const float lower = load(head + i);
    const float upper = load(head + (i + half));
    return {lower * cos + -upper * sin, upper * cos + lower * sin};
}

UNIMED_DEVICE std::uint16_t to_half(float value) {
    return static_cast<std::uint16_t>(pack_pair<Float16>(value, 0.0f) & 0xFFFFu);
}

} // namespace
} // namespace unimed::language

namespace unimed {

UNIMED_KERNEL(rotary_cache_write, 256,
              (Global<float> query, Global<const float> key, Global<const float> value, Global<const float> cos, Global<const float> sin,
               Global<std::uint16_t> layer, Global<const int> row_sequences, Global<const int> row_positions, Global<const int> block_tables,
               int blocks_per_sequence, int heads, int kv_heads, int head_dim, int block_size)) {
    using namespace language;
    let_next_kernel_start();
    wait_for_previous_kernels();
    const PagedCache cache{layer, block_tables, blocks_per_sequence, kv_heads, head_dim, block_size};
    const int row = block_x();
    const int position = load(row_positions + row);
    const int block = cache.block_of(load(row_sequences + row), position);
    const int slot = position % block_size;
    const int half = head_dim / 2;
    const Global<const float> cosines = cos + static_cast<std::ptrdiff_t>(position) * half;
    const Global<const float> sines = sin + static_cast<std::ptrdiff_t>(position) * half;
    for (int at = thread_index(); at < heads * half; at += thread_count()) {
        const int i = at % half;
        const Global<float> head = query + (static_cast<std::ptrdiff_t>(row) * heads + at / half) * head_dim;
        const Pair turned = turn(head, i, half, load(cosines + i), load(sines + i));
        store(head + i, turned.lower);
        store(head + (i + half), turned.upper);
    }

    for (int at = thread_index(); at < kv_heads * half; at += thread_count()) {
        const int i = at % half;
        const int kv_head = at / half;
        const std::ptrdiff_t from = (static_cast<std::ptrdiff_t>(row) * kv_heads + kv_head) * head_dim;
        const Pair turned = turn(key + from, i, half, load(cosines + i), load(sines + i));
        const Global<std::uint16_t> key_to = cache.row(block, 0, kv_head, slot);
        const Global<std::uint16_t> value_to = cache.row(block, 1, kv_head, slot);
        store(key_to + i, to_half(turned.lower));
        store(key_to + (i + half), to_half(turned.upper));
        store(value_to + i, to_half(load(value + from + i)));
        store(value_to + (i + half), to_half(load(value + from + (i + half))));
    }
}

} // namespace unimed
