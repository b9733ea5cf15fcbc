#pragma once

#include <cstdint>

#include "primitives/shared.h"
#include "primitives/target.h"

namespace unimed {

/// Sets bits of a word of shared memory in one step, whatever other threads do: the order does not matter to the result.
UNIMED_DEVICE void set_bits(Shared<std::uint32_t> word, std::uint32_t bits) {
#ifdef UNIMED_GPU
    atomicOr(word.at, bits);
#else
    // Threads of a block take turns on one thread of the host.
    store(word, load(word) | bits);
#endif
}

} // namespace unimed
