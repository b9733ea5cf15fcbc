#pragma once

#include <cstdint>

#include "host/kernel.h"

namespace unimed::host {

/// Blocks of a grid, or the place of one.
struct Dimensions {
    std::uint32_t x = 1;
    std::uint32_t y = 1;
    std::uint32_t z = 1;
};

/// One launch, as a block sees it.
struct Launch {
    const Kernel *kernel = nullptr;
    Dimensions grid;
    std::uint32_t threads = 0;
    std::uint32_t dynamic_shared_bytes = 0;
    /// Dynamic shared memory that the kernel was prepared for; 0 if nobody asked.
    std::uint32_t asked_shared_bytes = 0;
    void **arguments = nullptr;
    /// It may start while the kernels before it run: it must wait for them before it touches what they touch.
    bool dependent = false;
    /// In Memory, when it starts.
    std::uint32_t fences = 0;
    bool counting = false;
    /// Of a counted launch, in Memory.
    std::uint32_t number = 0;
    bool checking_races = false;
    /// Threads and warps run from the last to the first. A kernel without races does not notice.
    bool reversed = false;

    [[nodiscard]] std::uint64_t blocks() const { return static_cast<std::uint64_t>(grid.x) * grid.y * grid.z; }
};

} // namespace unimed::host
