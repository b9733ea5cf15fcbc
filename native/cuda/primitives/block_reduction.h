#pragma once

#include <cstring>
#include <type_traits>

#include "primitives/shared.h"
#include "primitives/target.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed {

/// shuffle_xor for what is several words long. Whole warps only.
template <class T>
UNIMED_DEVICE T shuffle_xor_words(T value, int mask) {
    static_assert(sizeof(T) % 4 == 0 && std::is_trivially_copyable_v<T>);
    std::uint32_t words[sizeof(T) / 4];
    memcpy(words, &value, sizeof(T));
    UNIMED_UNROLL
    for (std::size_t i = 0; i < sizeof(T) / 4; i++)
        words[i] = shuffle_xor(words[i], mask);
    memcpy(&value, words, sizeof(T));
    return value;
}

/// Combines one value of each thread of a block of `Threads`, for `Count` results at once, in one fixed order: thread t with t + 32, t +
/// 64, ..., then the lanes of a warp pairwise, 16 apart first. `combine` is commutative; it need not be associative. Every thread gets
/// every result. May be used again and again: two barriers a time.
template <class T, int Count, int Threads>
class BlockReduction {
public:
    static_assert(Threads % 32 == 0 && Count <= Threads / 32);
    /// Elements of shared memory that it needs.
    static constexpr int Scratch = Count * (Threads + 1);

    UNIMED_DEVICE explicit BlockReduction(Shared<T> scratch) : values_(scratch), results_(scratch + Count * Threads) {}

    template <class Combine>
    UNIMED_DEVICE void operator()(T (&values)[Count], Combine combine) const {
        UNIMED_UNROLL
        for (int i = 0; i < Count; i++)
            store(values_ + i * Threads + thread_index(), values[i]);
        block_barrier();
        if (warp_index() < Count) {
            const T total = of_warp(combine);
            if (lane_index() == 0)
                store(results_ + warp_index(), total);
        }
        block_barrier();
        UNIMED_UNROLL
        for (int i = 0; i < Count; i++)
            values[i] = load(results_ + i);
    }

    /// The values of the last reduction, by thread, until the next one.
    UNIMED_DEVICE Shared<T> values_of(int i) const { return values_ + i * Threads; }

    /// The sum of one value of each thread.
    UNIMED_DEVICE T sum(T value) const requires(Count == 1) {
        T values[1] = {value};
        (*this)(values, [](T a, T b) { return a + b; });
        return values[0];
    }

    /// The same in thread 0 alone, by one barrier; what other threads get means nothing. The scratch is free after the next barrier.
    UNIMED_DEVICE T sum_in_first(T value) const requires(Count == 1) {
        store(values_ + thread_index(), value);
        block_barrier();
        return warp_index() == 0 ? of_warp([](T a, T b) { return a + b; }) : T{};
    }

private:
    /// The result of the warp's number, in each of its lanes.
    template <class Combine>
    UNIMED_DEVICE T of_warp(Combine combine) const {
        const Shared<T> mine = values_ + warp_index() * Threads + lane_index();
        T total = load(mine);
        UNIMED_UNROLL
        for (int t = 32; t < Threads; t += 32)
            total = combine(total, load(mine + t));
        UNIMED_UNROLL
        for (int mask = 16; mask > 0; mask /= 2)
            total = combine(total, shuffle_xor_words(total, mask));
        return total;
    }

    Shared<T> values_, results_;
};

} // namespace unimed
