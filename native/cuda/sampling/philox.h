#pragma once

#include <cstdint>

#include "primitives/target.h"

namespace unimed::sampling {

/// 53 random bits: Philox 4x32-10 of one counter (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Any draw can be
/// computed alone, on any device, in any order.
UNIMED_BOTH std::uint64_t philox_bits(std::uint64_t key, std::uint64_t counter) {
    std::uint32_t a = static_cast<std::uint32_t>(counter), b = static_cast<std::uint32_t>(counter >> 32), c = 0, d = 0;
    std::uint32_t key_a = static_cast<std::uint32_t>(key), key_b = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; round++) {
        const std::uint64_t first = std::uint64_t{0xD2511F53} * a;
        const std::uint64_t second = std::uint64_t{0xCD9E8D57} * c;
        a = static_cast<std::uint32_t>(second >> 32) ^ b ^ key_a;
        b = static_cast<std::uint32_t>(second);
        c = static_cast<std::uint32_t>(first >> 32) ^ d ^ key_b;
        d = static_cast<std::uint32_t>(first);
        key_a += 0x9E3779B9;
        key_b += 0xBB67AE85;
    }
    return (std::uint64_t{a} << 21) ^ (b >> 11);
}

} // namespace unimed::sampling
