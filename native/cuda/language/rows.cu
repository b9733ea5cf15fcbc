// Rows picked from a table, from visual tokens, or from activations. No arithmetic: rows come out exact to the bit.
//
//   embed_f16, _bf16, _f32   row r of output is row ids[r] of table [vocabulary, columns], widened to fp32; a negative id takes row ~id of
//                            visual [tokens, columns] fp32 instead, which may be null where no id is negative
//   gather_rows              row r of output is row ids[r] of input [any, columns] fp32
//   all: threads 256, grid (rows, ceil(columns / 1024))
//   arguments: embed_*: table, visual, ids [rows], output, columns; gather_rows: input, ids [rows], output, columns
//
// Bytes: a row read once and written once, 24 KiB at 4096 columns of f16: the launch costs more. Ids come from device memory, so that a
// captured decode step can take those that sampling left there; who fills them sees to it that they are in range.

#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/row.h"
#include "primitives/threads.h"

namespace unimed::language {
namespace {

constexpr int RowThreads = 256;

template <class Element>
UNIMED_DEVICE void copy_row(Global<const Element> table, int row, Global<float> output, int columns) {
    const int column = (block_y() * RowThreads + thread_index()) * 4;
    const bool fours = columns % 4 == 0;
    store_four(output + static_cast<std::ptrdiff_t>(block_x()) * columns, column, columns, fours && is_aligned(output, 16),
               load_four(table + static_cast<std::ptrdiff_t>(row) * columns, column, columns,
                         fours && is_aligned(table, 4 * sizeof(Element))));
}

template <class Element>
UNIMED_DEVICE void embed(Global<const Element> table, Global<const float> visual, Global<const int> ids, Global<float> output,
                         int columns) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int id = load(ids + block_x());
    if (id >= 0)
        copy_row(table, id, output, columns);
    else
        copy_row(visual, ~id, output, columns);
}

} // namespace

#define UNIMED_EMBED_PARAMETERS(Element)                                                                                                   \
    (Global<const Element> table, Global<const float> visual, Global<const int> ids, Global<float> output, int columns)

UNIMED_KERNEL(embed_f16, 256, UNIMED_EMBED_PARAMETERS(Float16)) {
    embed(table, visual, ids, output, columns);
}

UNIMED_KERNEL(embed_bf16, 256, UNIMED_EMBED_PARAMETERS(BFloat16)) {
    embed(table, visual, ids, output, columns);
}

UNIMED_KERNEL(embed_f32, 256, UNIMED_EMBED_PARAMETERS(float)) {
    embed(table, visual, ids, output, columns);
}

UNIMED_KERNEL(gather_rows, 256, (Global<const float> input, Global<const int> ids, Global<float> output, int columns)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    // No second table: a null one would compile to a trap, and what is read in its place to a generic load.
    copy_row(input, load(ids + block_x()), output, columns);
}

} // namespace unimed::language
