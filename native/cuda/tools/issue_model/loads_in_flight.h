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

/// The most bytes that a warp has asked for and not waited for while it goes round a loop. What ends a load's flight is what the warp waits
/// for in the hardware: its scoreboard, of which there are six, so that loads that share one are waited for together; copies to shared
/// memory end with the wait for their group.
/// `memory_bytes` says how many bytes of a lane a load counts for.
[[nodiscard]] LoadsInFlight loads_in_flight(const Path &iteration, const std::function<double(const Instruction &)> &memory_bytes);

} // namespace unimed::issue_model
