#pragma once

#include <functional>

#include "tools/issue_model/path.h"

namespace unimed::issue_model {

/// Bytes of a lane that are on their way from global memory at once.
struct LoadsInFlight {
    /// Past L1 (NA).
    double streamed = 0;
    double others = 0;

    [[nodiscard]] double total() const { return streamed + others; }
};

/// A warp going round a loop, alone on its scheduler: it issues an instruction a cycle, later where the compiler says so, and stands where
/// it must wait for a scoreboard. There are six of these; loads that share one are waited for together. Copies to shared memory end with
/// the wait for their group.
struct WarpTimeline {
    /// Cycles of an iteration once all are alike.
    double cycles = 0;
    /// The most that was asked for and not waited for.
    LoadsInFlight in_flight;
};

/// `load_cycles`: how long a load of global memory takes. What else sets a scoreboard (shared memory, the special function unit, shuffles)
/// takes ShortCycles. `memory_bytes` says how many bytes of a lane a load counts for.
[[nodiscard]] WarpTimeline go_round(const Path &iteration, double load_cycles,
                                    const std::function<double(const Instruction &)> &memory_bytes);

constexpr double ShortCycles = 30;

} // namespace unimed::issue_model
