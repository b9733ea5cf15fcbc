#pragma once

#include <cstdint>
#include <vector>

#include "host/fiber.h"
#include "host/memory.h"

namespace unimed::host {

class Block;

/// Operations that the threads of a warp do together.
enum class Collective : std::uint8_t { ShuffleXor, ShuffleDown, ShuffleIndex, Ballot, SyncWarp, Mma, LdMatrix };

/// A copy from global to shared memory that has been issued and not yet waited for.
struct PendingCopy {
    std::byte *destination;
    const std::byte *source;
    std::uint32_t bytes;
    /// The rest of the destination becomes zeros.
    std::uint32_t zero_bytes;
    std::uint32_t group;
};

/// One thread of a block.
struct Lane {
    Fiber fiber;
    Block *block = nullptr;
    std::uint32_t thread = 0;
    bool finished = false;
    /// It has said wait_for_previous_kernels.
    bool waited = false;
    /// What it gives to and takes from a collective, on its own stack.
    void *operands = nullptr;
    std::vector<PendingCopy> copies;
    std::uint32_t copy_group = 0;
    /// Bytes of fixed shared memory it has declared so far.
    std::uint32_t shared_declared = 0;
    /// The allocation its last access fell into.
    Allocation *last_allocation = nullptr;

    [[nodiscard]] std::uint32_t lane_index() const { return thread % 32; }
    [[nodiscard]] std::uint32_t warp_index() const { return thread / 32; }
};

} // namespace unimed::host
