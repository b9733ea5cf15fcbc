#pragma once

#include "primitives/global.h"
#include "primitives/target.h"
#include "primitives/words.h"

namespace unimed {

/// Loads 16 bytes that an earlier kernel wrote and this one reads once: coherent, unlike load_once, and without a place in L1.
UNIMED_DEVICE Words4 load_streamed(Global<const Words4> from) {
#ifdef UNIMED_GPU
    Words4 value;
    asm volatile("ld.global.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.word[0]), "=r"(value.word[1]), "=r"(value.word[2]), "=r"(value.word[3])
                 : "l"(from.at));
    return value;
#else
    return load(from);
#endif
}

/// Loads 16 bytes that an earlier kernel wrote and other warps of the block read at about the same time: through L1. A plain load, but for
/// sure one of global memory, and issued where it is written.
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

} // namespace unimed
