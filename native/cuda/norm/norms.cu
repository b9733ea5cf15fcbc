// Layer norm and RMS norm, fp32 rows.
//
//   x [rows, columns], weight [columns], bias [columns] -> y [rows, columns]; y may be x.      grid: (rows), block: 256 threads
//
// Work: about 8 (layer norm) or 4 (RMS norm) FLOPs an element. Bytes: a row is read once and written once, 8 bytes an element, plus weight
// and bias, which stay in L2. One row of 4096 is 32 KiB: the launch costs more than the bytes.
// Trick: a thread keeps its part of the row in registers (rows up to 4096; of longer ones it reads the rest again, out of L1), so mean,
// then variance around the mean, then the output need one trip to memory. Sums run in one fixed order, whatever else is in the batch: along
// a thread's own columns, over the warp by a butterfly, over the warps in order.

#include "primitives/arithmetic.h"
#include "primitives/block_sum.h"
#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "primitives/row.h"
#include "primitives/shared.h"
#include "primitives/threads.h"

namespace unimed {
namespace {

constexpr int Threads = 256;
constexpr int Warps = Threads / 32;
// Groups of four columns that a thread keeps.
constexpr int Kept = 4;

// One thread's share of a row: columns 4 (t + 256 i) .. + 3 for i = 0, 1, ...
struct RowShare {
    Global<const float> row;
    int columns;
    bool aligned;
    Floats4 kept[Kept];

    UNIMED_DEVICE RowShare(Global<const float> of, int length) : row(of), columns(length), aligned(is_aligned(of, 16) && length % 4 == 0) {
        UNIMED_UNROLL
        for (int i = 0; i < Kept; i++)
            kept[i] = load_four(row, first_column(i), columns, aligned);
    }

    UNIMED_DEVICE static int first_column(int group) { return 4 * (thread_index() + Threads * group); }

    // Calls use(group's values, its first column) for every group that begins inside the row.
    template <class Use>
    UNIMED_DEVICE void each(Use use) const {
        UNIMED_UNROLL
        for (int i = 0; i < Kept; i++)
            if (first_column(i) < columns)
                use(kept[i], first_column(i));
        for (int i = Kept; first_column(i) < columns; i++)
            use(load_four(row, first_column(i), columns, aligned), first_column(i));
    }
};

} // namespace

UNIMED_KERNEL(rms_norm, 256, (Global<const float> x, Global<const float> weight, Global<float> y, int columns, float eps)) {
    UNIMED_SHARED(slots, float, Warps);
    let_next_kernel_start();
    wait_for_previous_kernels();
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(block_x()) * columns;
    const RowShare share(x + begin, columns);
    float squares = 0;
    share.each([&](const Floats4 &four, int) {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            squares = multiply_add(four.value[j], four.value[j], squares);
    });
    const float scale = inverse_square_root(block_sum<Warps>(squares, slots) / static_cast<float>(columns) + eps);
    const bool weight_aligned = is_aligned(weight, 16) && columns % 4 == 0;
    const bool y_aligned = is_aligned(y, 16) && columns % 4 == 0;
    share.each([&](const Floats4 &four, int column) {
        const Floats4 w = load_four(weight, column, columns, weight_aligned);
        Floats4 out;
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            out.value[j] = four.value[j] * scale * w.value[j];
        store_four(y + begin, column, columns, y_aligned, out);
    });
}

UNIMED_KERNEL(layer_norm, 256,
              (Global<const float> x, Global<const float> weight, Global<const float> bias, Global<float> y, int columns, float eps)) {
    UNIMED_SHARED(sum_slots, float, Warps);
    UNIMED_SHARED(square_slots, float, Warps);
    let_next_kernel_start();
    wait_for_previous_kernels();
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(block_x()) * columns;
    const RowShare share(x + begin, columns);
    float sum = 0;
    share.each([&](const Floats4 &four, int) {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            sum += four.value[j];
    });
    const float mean = block_sum<Warps>(sum, sum_slots) / static_cast<float>(columns);
    float squares = 0;
    share.each([&](const Floats4 &four, int column) {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++) {
            const float distance = column + j < columns ? four.value[j] - mean : 0.0f;
            squares = multiply_add(distance, distance, squares);
        }
    });
    const float scale = inverse_square_root(block_sum<Warps>(squares, square_slots) / static_cast<float>(columns) + eps);
    const bool weight_aligned = is_aligned(weight, 16) && columns % 4 == 0;
    const bool bias_aligned = is_aligned(bias, 16) && columns % 4 == 0;
    const bool y_aligned = is_aligned(y, 16) && columns % 4 == 0;
    share.each([&](const Floats4 &four, int column) {
        const Floats4 w = load_four(weight, column, columns, weight_aligned);
        const Floats4 b = load_four(bias, column, columns, bias_aligned);
        Floats4 out;
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            out.value[j] = multiply_add((four.value[j] - mean) * scale, w.value[j], b.value[j]);
        store_four(y + begin, column, columns, y_aligned, out);
    });
}

} // namespace unimed
