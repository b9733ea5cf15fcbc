#pragma once

#include <cstdint>

#include "primitives/global.h"
#include "primitives/shared.h"
#include "primitives/target.h"

namespace unimed {

/// Starts to copy 16 bytes from global to shared memory, past the registers and L1. Of the source only the first valid_bytes are read; the
/// rest of the destination becomes zeros. The destination holds nothing until the copy's group has been waited for by this thread, and,
/// for other threads, a barrier has followed.
template <class T>
UNIMED_DEVICE void copy_async_16(Shared<T> to, Global<const T> from, int valid_bytes = 16) {
#ifdef UNIMED_GPU
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from.at), "r"(valid_bytes)
                 : "memory");
#else
    host::copy_async(to.at, from.at, 16, static_cast<std::uint32_t>(valid_bytes));
#endif
}

/// copy_async_16 where it is wanted, without a branch.
template <class T>
UNIMED_DEVICE void copy_async_16_where(bool wanted, Shared<T> to, Global<const T> from) {
#ifdef UNIMED_GPU
    asm volatile("{\n.reg .pred wanted;\nsetp.ne.s32 wanted, %3, 0;\n"
                 "@wanted cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;\n}" ::"r"(shared_address(to)),
                 "l"(from.at), "r"(16), "r"(static_cast<int>(wanted))
                 : "memory");
#else
    if (wanted)
        copy_async_16(to, from);
#endif
}

/// Closes the group of the copies this thread has started since the last one.
UNIMED_DEVICE void copy_async_commit() {
#ifdef UNIMED_GPU
    asm volatile("cp.async.commit_group;" ::: "memory");
#else
    host::copy_async_commit();
#endif
}

/// Waits until at most the newest `Pending` groups of this thread are still under way.
template <int Pending>
UNIMED_DEVICE void copy_async_wait() {
#ifdef UNIMED_GPU
    asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
#else
    host::copy_async_wait(Pending);
#endif
}

} // namespace unimed
