// Kernels for tests/reduction_test.cpp.

#include "primitives/bits.h"
#include "primitives/block_reduction.h"
#include "primitives/double_arithmetic.h"
#include "primitives/global.h"
#include "primitives/kernel.h"

namespace unimed {

// in [3, 128] -> out [128, 3]: sums over the threads, as every thread sees them; the second time doubled.
UNIMED_KERNEL(test_block_sums, 128, (Global<const double> in, Global<double> out, Global<double> again)) {
    using Sums = BlockReduction<double, 3, 128>;
    UNIMED_SHARED(scratch, double, Sums::Scratch);
    const Sums sums(scratch);
    double values[3];
    for (int i = 0; i < 3; i++)
        values[i] = load(in + i * 128 + thread_index());
    sums(values, [](double a, double b) { return a + b; });
    for (int i = 0; i < 3; i++)
        store(out + thread_index() * 3 + i, values[i]);
    for (int i = 0; i < 3; i++)
        values[i] = 2 * load(sums.values_of(i) + thread_index());
    sums(values, [](double a, double b) { return a + b; });
    for (int i = 0; i < 3; i++)
        store(again + thread_index() * 3 + i, values[i]);
}

// out [2, 32]: the value of the lane 5 away, and e^x and ln(e^x) of one's own.
UNIMED_KERNEL(test_doubles, 32, (Global<const double> in, Global<double> out)) {
    const double own = load(in + thread_index());
    store(out + thread_index(), shuffle_xor_words(own, 5));
    store(out + 32 + thread_index(), exponential(own));
    store(out + 64 + thread_index(), natural_logarithm(exponential(own)));
}

// The number of bits of a float, and the float again.
UNIMED_KERNEL(test_bits, 32, (Global<const float> in, Global<int> ones, Global<float> same)) {
    const std::uint32_t bits = bits_of(load(in + thread_index()));
    store(ones + thread_index(), count_ones(bits));
    store(same + thread_index(), float_of(bits));
}

} // namespace unimed
