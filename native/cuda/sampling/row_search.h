#pragma once

#include <cstdint>

#include "primitives/block_reduction.h"
#include "primitives/target.h"
#include "primitives/threads.h"

namespace unimed::sampling {

constexpr int DrawThreads = 512;
/// Values that a reduction adds at once: one for each value of two bits.
constexpr int Digits = 4;

/// Calls use(i, read(i)) for the block's share of 0 .. count - 1: neighbouring threads, neighbouring numbers. Several reads are under way
/// at once.
template <class Read, class Use>
UNIMED_DEVICE void each_of_row(int count, Read read, Use use) {
    constexpr int Batch = 4;
    for (int begin = thread_index(); begin < count; begin += Batch * DrawThreads) {
        decltype(read(0)) values[Batch] = {};
        UNIMED_UNROLL
        for (int i = 0; i < Batch; i++)
            if (begin + i * DrawThreads < count)
                values[i] = read(begin + i * DrawThreads);
        UNIMED_UNROLL
        for (int i = 0; i < Batch; i++)
            if (begin + i * DrawThreads < count)
                use(begin + i * DrawThreads, values[i]);
    }
}

template <class T>
struct Bound {
    std::uint32_t at;
    /// Sum of the values of all keys below.
    T below;
};

/// The largest key for which the values of all lower keys add up to at most `limit`: a sort is not needed, only sums, two bits of the key
/// at a time. Keys have `bits` bits, an even number. `below` is what keys that are not there any more add up to, at most the limit. Ends
/// early when the sum is exactly the limit; then no value lies between the result and the largest such key.
template <class T, class Key, class Value>
UNIMED_DEVICE Bound<T> find_bound(int count, int bits, T limit, const BlockReduction<T, Digits, DrawThreads> &sums, Key key_of,
                                  Value value_of, T below = {}) {
    Bound<T> bound{0, below};
    for (int shift = bits - 2; shift >= 0 && bound.below != limit; shift -= 2) {
        T values[Digits] = {};
        each_of_row(count, key_of, [&](int i, std::uint32_t key) {
            if ((key ^ bound.at) >> shift >= Digits)
                return;
            const T value = value_of(i);
            UNIMED_UNROLL
            for (std::uint32_t digit = 0; digit < Digits; digit++)
                values[digit] += (key >> shift) % Digits == digit ? value : T{};
        });
        sums(values, [](T a, T b) { return a + b; });
        std::uint32_t digit = 0;
        UNIMED_UNROLL
        for (std::uint32_t d = 0; d + 1 < Digits; d++)
            if (digit == d && bound.below + values[d] <= limit) {
                bound.below += values[d];
                digit = d + 1;
            }
        bound.at |= digit << shift;
    }
    return bound;
}

} // namespace unimed::sampling
