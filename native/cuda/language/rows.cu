// Rows picked from elsewhere: token embeddings with visual tokens among them, chosen rows, blocks of the cache. No arithmetic.
//
//   embed_{f16,bf16,f32}   output row r = row ids[r] of the table [vocabulary, columns]; a negative id takes row ~id of visual [*, columns] instead
//   gather_rows            output row r = row rows[r] of input                                    grid: (rows), block: 256 threads
//   copy_cache_blocks      block sources[i] of every layer to destinations[i]; no block is both   grid: (pairs, layers), block: 256 threads
//
// Bytes: each row read once and written once. Trick: none; neighbouring threads take neighbouring columns.

#include <cstdint>

#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/threads.h"

namespace unimed::language {
namespace {

UNIMED_DEVICE float to_single(float value) {
    return value;
}

UNIMED_DEVICE float to_single(Float16 value) {
    return widen(value);
}

UNIMED_DEVICE float to_single(BFloat16 value) {
    return widen(value);
}

template <class Element>
UNIMED_DEVICE void embed(Global<const Element> table, Global<const int> ids, Global<const float> visual, Global<float> output, int columns) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int id = load(ids + block_x());
    const Global<float> to = output + static_cast<std::ptrdiff_t>(block_x()) * columns;
    if (id < 0) {
        const Global<const float> from = visual + static_cast<std::ptrdiff_t>(~id) * columns;
        for (int column = thread_index(); column < columns; column += thread_count())
            store(to + column, load(from + column));
        return;
    }
    const Global<const Element> from = table + static_cast<std::ptrdiff_t>(id) * columns;
    for (int column = thread_index(); column < columns; column += thread_count())
        store(to + column, to_single(load(from + column)));
}

} // namespace
} // namespace unimed::language

namespace unimed {

UNIMED_KERNEL(embed_f16, 256, (Global<const Float16> table, Global<const int> ids, Global<const float> visual, Global<float> output, int columns)) {
    language::embed(table, ids, visual, output, columns);
}

UNIMED_KERNEL(embed_bf16, 256, (Global<const BFloat16> table, Global<const int> ids, Global<const float> visual, Global<float> output, int columns)) {
    language::embed(table, ids, visual, output, columns);
}

UNIMED_KERNEL(embed_f32, 256, (Global<const float> table, Global<const int> ids, Global<const float> visual, Global<float> output, int columns)) {
    language::embed(table, ids, visual, output, columns);
}

UNIMED_KERNEL(gather_rows, 256, (Global<const float> input, Global<const int> rows, Global<float> output, int columns)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const Global<const float> from = input + static_cast<std::ptrdiff_t>(load(rows + block_x())) * columns;
    const Global<float> to = output + static_cast<std::ptrdiff_t>(block_x()) * columns;
    for (int column = thread_index(); column < columns; column += thread_count())
        store(to + column, load(from + column));
}

UNIMED_KERNEL(copy_cache_blocks, 256,
              (Global<std::uint32_t> cache, Global<const int> sources, Global<const int> destinations, int blocks, int block_words)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const Global<std::uint32_t> layer = cache + static_cast<std::ptrdiff_t>(block_y()) * blocks * block_words;
    const Global<std::uint32_t> from = layer + static_cast<std::ptrdiff_t>(load(sources + block_x())) * block_words;
    const Global<std::uint32_t> to = layer + static_cast<std::ptrdiff_t>(load(destinations + block_x())) * block_words;
    for (int word = thread_index(); word < block_words; word += thread_count())
        store(to + word, load(from + word));
}

} // namespace unimed
