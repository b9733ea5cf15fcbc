#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/counters.h"

namespace unimed::host {

/// One piece of emulated device memory.
struct Allocation {
    std::uintptr_t begin = 0;
    std::size_t bytes = 0;

    /// Present while the allocation is watched: reads of each byte, and totals.
    struct Watch {
        explicit Watch(std::size_t length) : reads(length) {}
        std::vector<std::atomic<std::uint8_t>> reads;
        std::atomic<std::uint64_t> bytes{0};
        std::atomic<std::uint64_t> requests{0};
        std::atomic<std::uint64_t> sectors{0};
    };
    std::unique_ptr<Watch> watch;

    /// How many fences were there when a kernel last stored into it; 0 when none did. Behind the last fence that kernel may still run.
    std::atomic<std::uint32_t> written_behind{0};

    static constexpr std::size_t SectorBytes = 32;

    /// The last counted launch that loaded each sector and the last that stored to it; empty until the first.
    std::vector<std::atomic<std::uint32_t>> loaded_in;
    std::vector<std::atomic<std::uint32_t>> stored_in;

    [[nodiscard]] bool holds(std::uintptr_t address, std::size_t length) const {
        return address >= begin && length <= bytes && address - begin <= bytes - length;
    }
};

/// The emulated device memory of this process. Its contents start as all ones, a NaN in every float format. Not synchronized: the library
/// takes one lock around launches and memory calls; during a launch the list is only read.
class Memory {
public:
    static constexpr std::size_t Alignment = 256;

    static Memory &instance();

    /// Null when the memory is not to be had. Zero bytes give an address that nothing may be read from.
    [[nodiscard]] void *allocate(std::size_t bytes);
    /// False when nothing begins there.
    [[nodiscard]] bool free(void *address);
    /// The allocation that holds all of these bytes, or null.
    [[nodiscard]] Allocation *find(std::uintptr_t address, std::size_t bytes) const;
    /// Where an address lies, for a person.
    [[nodiscard]] std::string describe(std::uintptr_t address, std::size_t bytes) const;
    /// Starts to count loads of the allocation that begins there; false when none does.
    [[nodiscard]] bool watch(const void *address);
    /// Prepares to count the sectors of one launch, and numbers it.
    std::uint32_t begin_counted_launch();
    /// The host copies or fills: that waits for all kernels before it, and all after wait for it.
    void fence() { fences_++; }
    [[nodiscard]] std::uint32_t fences() const { return fences_; }
    [[nodiscard]] std::uint64_t bytes_in_use() const { return bytes_in_use_; }

private:
    // In order of their addresses.
    std::vector<std::unique_ptr<Allocation>> allocations_;
    std::uint64_t bytes_in_use_ = 0;
    std::uint32_t counted_launches_ = 0;
    std::uint32_t fences_ = 1;

    [[nodiscard]] std::size_t first_after(std::uintptr_t address) const;
};

} // namespace unimed::host
