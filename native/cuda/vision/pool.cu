// 2 x 2 pooling of the patch grid: the mean or the maximum of four neighbours.
//
//   input [images, grid, grid, channels] -> output [images, grid / 2, grid / 2, channels], fp32; the last row and column of an odd grid are
//   left out.                                                       grid: (images * (grid / 2)^2), block: 256 threads, no shared memory
//   arguments: input, output, grid, channels, kind (0 mean, 1 maximum)
//
// Work: 4 FLOPs an output. Bytes: every input of a window is read once and every output written once, 20 bytes an output: 1.8 MB for 256
// patches of 1408 channels, which a launch outweighs.
// Trick: none is needed. Neighbouring threads take neighbouring columns, 16 bytes each. The mean adds left to right, top before bottom.

#include "primitives/dependency.h"
#include "primitives/kernel.h"
#include "primitives/maximum.h"
#include "primitives/row.h"
#include "primitives/threads.h"

namespace unimed {

enum class PoolKind : int { Average = 0, Max = 1 };

UNIMED_KERNEL(pool_2x2, 256, (Global<const float> input, Global<float> output, int grid, int channels, PoolKind kind)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int half = grid / 2;
    const int window = block_x();
    const int image = window / (half * half);
    const int y = window / half % half * 2;
    const int x = window % half * 2;
    const Global<const float> top = input + ((static_cast<std::ptrdiff_t>(image) * grid + y) * grid + x) * channels;
    const Global<const float> bottom = top + static_cast<std::ptrdiff_t>(grid) * channels;
    const Global<float> to = output + static_cast<std::ptrdiff_t>(window) * channels;
    const bool input_aligned = is_aligned(input, 16) && channels % 4 == 0;
    const bool output_aligned = is_aligned(output, 16) && channels % 4 == 0;
    for (int column = thread_index() * 4; column < channels; column += thread_count() * 4) {
        const Floats4 a = load_four(top, column, channels, input_aligned);
        const Floats4 b = load_four(top + channels, column, channels, input_aligned);
        const Floats4 c = load_four(bottom, column, channels, input_aligned);
        const Floats4 d = load_four(bottom + channels, column, channels, input_aligned);
        Floats4 pooled;
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++) {
            if (kind == PoolKind::Average)
                pooled.value[j] = (a.value[j] + b.value[j] + c.value[j] + d.value[j]) * 0.25f;
            else
                pooled.value[j] = maximum_or_nan(maximum_or_nan(a.value[j], b.value[j]), maximum_or_nan(c.value[j], d.value[j]));
        }
        store_four(to, column, channels, output_aligned, pooled);
    }
}

} // namespace unimed
