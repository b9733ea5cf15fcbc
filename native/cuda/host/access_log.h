#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "host/counters.h"
#include "host/memory.h"

namespace unimed::host {

enum class AccessKind : std::uint8_t { GlobalLoad, GlobalStore, SharedLoad, SharedStore };

/// One access of one thread.
struct Access {
    /// Return address in the kernel: the instruction.
    const void *site;
    /// Address of global memory, or offset into shared memory.
    std::uintptr_t address;
    std::uint32_t bytes;
    AccessKind kind;
    std::uint8_t lane;
};

/// Puts the accesses of a warp's threads together as a card would have seen them, and counts what they cost.
///
/// The threads of a warp run one after another from one meeting point (a collective, a barrier, the kernel's end) to the next. The k-th
/// access that a thread makes at one site since the last meeting and the k-th ones of its neighbours at the same site are one request.
class AccessLog {
public:
    void record(const Access &access) { lanes_[access.lane].push_back(access); }

    /// All threads meet: counts what was recorded since the last time, for the counted launch of this number.
    void meet(unimed_counters &counters, std::uint32_t launch);

    /// Forgets what was recorded.
    void clear();

    /// Passes over the banks that one shared-memory request takes beyond the fewest its width allows. Words of 8 and 16 bytes go in 2 and 4
    /// parts of the warp; a word that several threads of a part read is fetched once.
    [[nodiscard]] static std::uint32_t bank_conflicts(const std::vector<Access> &request);

private:
    std::array<std::vector<Access>, 32> lanes_;
    std::vector<Access> request_;

    std::uint32_t launch_ = 0;

    void meet_divergent(unimed_counters &counters);
    void count(unimed_counters &counters);
};

} // namespace unimed::host
