/// Device memory: loads and stores that the host build checks and counts.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "primitives/target.h"
#include "primitives/words.h"

#ifndef UNIMED_GPU
#include "host/device.h"
#endif

namespace unimed {

/// A pointer to device memory. It has no operator*: memory is reached through load and store, which the host build checks and counts. As a
/// kernel parameter it is the plain pointer.
template <class T>
struct Global {
    T *at;

    UNIMED_BOTH Global operator+(std::ptrdiff_t elements) const { return {at + elements}; }
    UNIMED_BOTH explicit operator bool() const { return at != nullptr; }
    template <class Other>
    requires(std::is_same_v<Other, const T> && !std::is_const_v<T>) UNIMED_BOTH operator Global<Other>() const { return {at}; }
};

/// The same place, read or written in pieces of another type.
template <class To, class From>
UNIMED_DEVICE auto as(Global<From> from) {
    using Target = std::conditional_t<std::is_const_v<From>, const To, To>;
    return Global<Target>{reinterpret_cast<Target *>(from.at)};
}

/// Whether pieces of this many bytes may be read there.
template <class T>
UNIMED_DEVICE bool is_aligned(Global<T> at, std::size_t bytes) {
    return reinterpret_cast<std::uintptr_t>(at.at) % bytes == 0;
}

/// Loads sizeof(T) bytes (1, 2, 4, 8 or 16) through L1.
template <class T>
UNIMED_DEVICE std::remove_const_t<T> load(Global<T> from) {
#ifdef UNIMED_GPU
    return *from.at;
#else
    host::before_global_load(from.at, sizeof(T));
    std::remove_const_t<T> value;
    std::memcpy(&value, from.at, sizeof(T));
    return value;
#endif
}

/// Loads 16 or 8 bytes that this kernel reads once: without a place in L1. Not by the read-only path (ld.global.nc): ptxas moves those
/// loads behind wait_for_previous_kernels, and weights are to be under way before it.
UNIMED_DEVICE Words4 load_once(Global<const Words4> from) {
#ifdef UNIMED_GPU
    Words4 value;
    // volatile keeps the order of issue: loads for the next step stay ahead of the products of this one.
    asm volatile("ld.global.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.word[0]), "=r"(value.word[1]), "=r"(value.word[2]), "=r"(value.word[3])
                 : "l"(from.at));
    return value;
#else
    return load(from);
#endif
}

/// load_once where it is wanted; elsewhere `to` stays as it is. No branch: addresses of several are computed once, ahead of all.
UNIMED_DEVICE void load_once_where(bool wanted, Words4 &to, Global<const Words4> from) {
#ifdef UNIMED_GPU
    asm volatile("{\n.reg .pred wanted;\nsetp.ne.s32 wanted, %5, 0;\n"
                 "@wanted ld.global.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];\n}"
                 : "+r"(to.word[0]), "+r"(to.word[1]), "+r"(to.word[2]), "+r"(to.word[3])
                 : "l"(from.at), "r"(static_cast<int>(wanted)));
#else
    if (wanted)
        to = load(from);
#endif
}

UNIMED_DEVICE void load_once_where(bool wanted, Words2 &to, Global<const Words2> from) {
#ifdef UNIMED_GPU
    asm volatile("{\n.reg .pred wanted;\nsetp.ne.s32 wanted, %3, 0;\n"
                 "@wanted ld.global.L1::no_allocate.L2::128B.v2.u32 {%0, %1}, [%2];\n}"
                 : "+r"(to.word[0]), "+r"(to.word[1])
                 : "l"(from.at), "r"(static_cast<int>(wanted)));
#else
    if (wanted)
        to = load(from);
#endif
}

/// Loads 16 bytes that other warps of the block read at about the same time: through L1. A plain load, but for sure one of global memory,
/// and issued where it is written.
UNIMED_DEVICE Words4 load_together(Global<const Words4> from) {
#ifdef UNIMED_GPU
    Words4 value;
    asm volatile("ld.global.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.word[0]), "=r"(value.word[1]), "=r"(value.word[2]), "=r"(value.word[3])
                 : "l"(from.at));
    return value;
#else
    return load(from);
#endif
}

/// Loads where it is wanted and leaves `to` as it is elsewhere, without a branch of lanes: several in a row are under way together.
UNIMED_DEVICE void load_where(bool wanted, Floats4 &to, Global<const Floats4> from) {
#ifdef UNIMED_GPU
    asm volatile("{\n.reg .pred wanted;\nsetp.ne.s32 wanted, %5, 0;\n@wanted ld.global.v4.f32 {%0, %1, %2, %3}, [%4];\n}"
                 : "+f"(to.value[0]), "+f"(to.value[1]), "+f"(to.value[2]), "+f"(to.value[3])
                 : "l"(from.at), "r"(static_cast<int>(wanted)));
#else
    if (wanted)
        to = load(from);
#endif
}

template <class T>
UNIMED_DEVICE void store(Global<T> to, std::type_identity_t<T> value) {
#ifdef UNIMED_GPU
    *to.at = value;
#else
    host::before_global_store(to.at, sizeof(T));
    std::memcpy(to.at, &value, sizeof(T));
#endif
}

/// Brings the line of this address into L2. The address must lie in an allocation.
template <class T>
UNIMED_DEVICE void prefetch_l2(Global<T> line) {
#ifdef UNIMED_GPU
    asm volatile("prefetch.global.L2 [%0];" ::"l"(line.at));
#else
    host::before_prefetch(line.at);
#endif
}

} // namespace unimed
