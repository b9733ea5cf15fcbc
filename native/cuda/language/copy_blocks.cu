// Copies whole cache blocks of all layers: sources[i] to destinations[i]. A destination is named once and is nobody's source.
//
//   kernel        threads   grid (x, y, z)
//   copy_blocks   256       (any; best ceil(block_pieces / 1024)), pairs, layers
//   arguments: cache (the first layer's first block), sources [pairs], destinations [pairs], blocks (of a layer), block_pieces: 16-byte
//   pieces of a block of one layer, kv_heads * head_elements / 4 (cache.h)
//
// Bytes: a block read once and written once, 2 * 256 KiB a layer at 32 heads of 128 and 16 positions, 16 MiB for 32 layers.
// Trick: four pieces of a thread are under way at once.

#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "primitives/threads.h"

namespace unimed::language {

UNIMED_KERNEL(copy_blocks, 256,
              (Global<Words4> cache, Global<const int> sources, Global<const int> destinations, int blocks, int block_pieces)) {
    constexpr int Threads = 256;
    constexpr int Ahead = 4;
    let_next_kernel_start();
    wait_for_previous_kernels();
    const Global<Words4> layer = cache + static_cast<std::ptrdiff_t>(block_z()) * blocks * block_pieces;
    const Global<const Words4> from = layer + static_cast<std::ptrdiff_t>(load(sources + block_y())) * block_pieces;
    const Global<Words4> to = layer + static_cast<std::ptrdiff_t>(load(destinations + block_y())) * block_pieces;
    for (int first = block_x() * Ahead * Threads + thread_index(); first < block_pieces; first += block_count_x() * Ahead * Threads) {
        Words4 piece[Ahead];
        UNIMED_UNROLL
        for (int i = 0; i < Ahead; i++)
            if (first + i * Threads < block_pieces)
                piece[i] = load_once(from + (first + i * Threads));
        UNIMED_UNROLL
        for (int i = 0; i < Ahead; i++)
            if (first + i * Threads < block_pieces)
                store(to + (first + i * Threads), piece[i]);
    }
}

} // namespace unimed::language
