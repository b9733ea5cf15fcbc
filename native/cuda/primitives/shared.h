/// The shared memory of a block: loads and stores that the host build checks and counts.
#pragma once

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

/// A pointer to the block's shared memory, which starts as all ones (NaN) on the host. Reached through load and store, like Global.
template <class T>
struct Shared {
    T *at;

    UNIMED_BOTH Shared operator+(std::ptrdiff_t elements) const { return {at + elements}; }
};

/// The same place in pieces of another type.
template <class To, class From>
UNIMED_DEVICE Shared<To> as(Shared<From> from) {
    return {reinterpret_cast<To *>(from.at)};
}

template <class T>
UNIMED_DEVICE T load(Shared<T> from) {
#ifdef UNIMED_GPU
    return *from.at;
#else
    host::before_shared_load(from.at, sizeof(T));
    T value;
    std::memcpy(&value, from.at, sizeof(T));
    return value;
#endif
}

template <class T>
UNIMED_DEVICE void store(Shared<T> to, std::type_identity_t<T> value) {
#ifdef UNIMED_GPU
    *to.at = value;
#else
    host::before_shared_store(to.at, sizeof(T));
    std::memcpy(to.at, &value, sizeof(T));
#endif
}

#ifdef UNIMED_GPU
/// The address as instructions for shared memory take it.
template <class T>
UNIMED_DEVICE std::uint32_t shared_address(Shared<T> at) {
    return static_cast<std::uint32_t>(__cvta_generic_to_shared(at.at));
}
#endif

/// The same place, as an address that the compiler keeps in a register: without this it may compute it again at every use, in a loop that
/// has no issue slot to spare.
template <class T>
UNIMED_DEVICE Shared<T> kept(Shared<T> at) {
#ifdef UNIMED_GPU
    std::uint32_t address = shared_address(at);
    asm volatile("mov.b32 %0, %0;" : "+r"(address));
    return {static_cast<T *>(__cvta_shared_to_generic(address))};
#else
    return at;
#endif
}

/// UNIMED_SHARED(name, type, count): `name` is a Shared<type> to `count` elements that the block keeps as long as it runs, aligned to 16
/// bytes. Every thread passes the same declarations in the same order; at most 48 KiB a kernel.
#ifdef UNIMED_GPU
#define UNIMED_SHARED(name, type, count)                                                                                                   \
    __shared__ alignas(16) type name##_storage[count];                                                                                     \
    const ::unimed::Shared<type> name {                                                                                                    \
        name##_storage                                                                                                                     \
    }
#else
#define UNIMED_SHARED(name, type, count)                                                                                                   \
    const ::unimed::Shared<type> name {                                                                                                    \
        reinterpret_cast<type *>(::unimed::host::fixed_shared(sizeof(type) * (count)))                                                     \
    }
#endif

/// The shared memory whose size the launch gives.
template <class T>
UNIMED_DEVICE Shared<T> dynamic_shared() {
#ifdef UNIMED_GPU
    extern __shared__ Words4 unimed_dynamic_shared[];
    return {reinterpret_cast<T *>(unimed_dynamic_shared)};
#else
    return {reinterpret_cast<T *>(host::dynamic_shared())};
#endif
}

/// Its size.
UNIMED_DEVICE int dynamic_shared_bytes() {
#ifdef UNIMED_GPU
    int bytes;
    asm("mov.u32 %0, %%dynamic_smem_size;" : "=r"(bytes));
    return bytes;
#else
    return static_cast<int>(host::dynamic_shared_bytes());
#endif
}

} // namespace unimed
