// Kernels with mistakes, and kernels whose cost is known, for tests/runtime_test.cpp.

#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "primitives/mma.h"
#include "primitives/shared.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed {

// Threads from `first` on leave before the barrier.
UNIMED_KERNEL(test_divergent_barrier, 128, (int first)) {
    if (thread_index() >= first)
        return;
    block_barrier();
}

// Lanes from `first` on do not take part.
UNIMED_KERNEL(test_incomplete_shuffle, 128, (int first, Global<float> out)) {
    if (lane_index() < first)
        store(out + thread_index(), shuffle_xor(1.0f, 1));
}

// Odd lanes vote while even ones shuffle.
UNIMED_KERNEL(test_mixed_collectives, 32, (Global<float> out)) {
    if (lane_index() % 2 == 0)
        store(out + thread_index(), shuffle_xor(1.0f, 1));
    else
        store(out + thread_index(), any(true) ? 1.0f : 0.0f);
}

// Half of the warp waits at a barrier, half at a shuffle.
UNIMED_KERNEL(test_barrier_against_shuffle, 64, (Global<float> out)) {
    if (lane_index() < 16)
        block_barrier();
    else
        store(out + thread_index(), shuffle_xor(1.0f, 1));
}

// Block b, thread t reads element first + b * stride + t.
UNIMED_KERNEL(test_read, 128, (Global<const float> in, Global<float> out, int first, int stride)) {
    const int i = first + block_x() * stride + thread_index();
    store(out + block_x() * thread_count() + thread_index(), load(in + i));
}

UNIMED_KERNEL(test_write, 128, (Global<float> out, int index)) {
    if (thread_index() == 7)
        store(out + index, 1.0f);
}

// Reads 16 bytes at an offset of `floats` floats.
UNIMED_KERNEL(test_wide_read, 32, (Global<const float> in, Global<Floats4> out, int floats)) {
    store(out + thread_index(), load(as<Floats4>(in + floats)));
}

UNIMED_KERNEL(test_prefetch, 32, (Global<const float> in, int index)) {
    prefetch_l2(in + index);
}

// Loads, stores and waits for the kernels before it, in different orders; 3 does not wait.
UNIMED_KERNEL(test_dependent, 32, (Global<const float> in, Global<float> out, int order)) {
    if (order == 1 || order == 3)
        store(out + thread_index(), 1.0f);
    const float early = order == 0 ? load(in + thread_index()) : 0.0f;
    if (order != 3)
        wait_for_previous_kernels();
    if (order == 0 || order == 2)
        store(out + thread_index(), early + load(in + thread_index()));
}

// Leaves before it waits.
UNIMED_KERNEL(test_leaves_early, 32, ()) {}

UNIMED_KERNEL(test_shared_read, 32, (Global<float> out, int index)) {
    UNIMED_SHARED(values, float, 32);
    store(values + lane_index(), 1.0f);
    warp_barrier();
    store(out + lane_index(), load(values + (index + lane_index())));
}

UNIMED_KERNEL(test_too_much_shared, 32, ()) {
    UNIMED_SHARED(values, float, 13000);
    store(values + thread_index(), 1.0f);
}

// Declares 40000 bytes beside those of the launch, of which it writes the last word.
UNIMED_KERNEL(test_both_kinds_of_shared, 32, (int words)) {
    UNIMED_SHARED(values, float, 10000);
    store(values + thread_index(), 1.0f);
    if (words > 0 && thread_index() == 0)
        store(dynamic_shared<float>() + (words - 1), 1.0f);
}

// Reads its neighbour's number without a barrier between.
UNIMED_KERNEL(test_race, 64, (Global<float> out)) {
    UNIMED_SHARED(values, float, 64);
    store(values + thread_index(), static_cast<float>(thread_index()));
    store(out + thread_index(), load(values + (thread_index() + 1) % 64));
}

// Reads the number of thread (own xor distance) after a barrier of the warp.
UNIMED_KERNEL(test_warp_exchange, 64, (Global<float> out, int distance)) {
    UNIMED_SHARED(values, float, 64);
    store(values + thread_index(), 1.0f);
    warp_barrier();
    store(out + thread_index(), load(values + (thread_index() ^ distance)));
}

// All threads read what thread 0 wrote; then it writes again, after a barrier or not.
UNIMED_KERNEL(test_overwrite, 64, (Global<float> out, int barrier)) {
    UNIMED_SHARED(value, float, 1);
    if (thread_index() == 0)
        store(value, 1.0f);
    block_barrier();
    store(out + thread_index(), load(value));
    if (barrier != 0)
        block_barrier();
    else
        warp_barrier();
    if (thread_index() == 63)
        store(value, 2.0f);
}

// Lane i loads and stores words at i * stride, of 4, 8 or 16 bytes, in shared memory; and the same in global memory.
UNIMED_KERNEL(test_strides, 32, (Global<const float> in, int bytes, int stride)) {
    UNIMED_SHARED(values, float, 4096);
    const int at = lane_index() * stride;
    if (bytes == 4) {
        store(values + at, load(in + at));
        warp_barrier();
        (void)load(values + at);
    } else if (bytes == 8) {
        store(as<Words2>(values + at), load(as<Words2>(in + at)));
        warp_barrier();
        (void)load(as<Words2>(values + at));
    } else {
        store(as<Words4>(values + at), load(as<Words4>(in + at)));
        warp_barrier();
        (void)load(as<Words4>(values + at));
    }
}

// Each lane loads a number of elements that depends on it: its own lane + 1.
UNIMED_KERNEL(test_ragged_loads, 32, (Global<const float> in, Global<float> out)) {
    float sum = 0;
    for (int i = 0; i <= lane_index(); i++)
        sum += load(in + i * 32 + lane_index());
    store(out + lane_index(), sum);
}

// Many barriers, each passing numbers on to the next thread.
UNIMED_KERNEL(test_ring, 256, (Global<float> out, int rounds)) {
    UNIMED_SHARED(values, float, 512);
    const int thread = thread_index();
    store(values + thread, static_cast<float>(thread));
    for (int round = 0; round < rounds; round++) {
        block_barrier();
        const float next = load(values + round % 2 * 256 + (thread + 1) % thread_count());
        store(values + (round + 1) % 2 * 256 + thread, next);
    }
    store(out + block_x() * thread_count() + thread, load(values + rounds % 2 * 256 + thread));
}

} // namespace unimed
