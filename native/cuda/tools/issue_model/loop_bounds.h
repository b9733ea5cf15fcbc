#pragma once

#include <istream>
#include <map>
#include <string>
#include <vector>

#include "tools/issue_model/kernel_needs.h"

namespace unimed::issue_model {

/// What a kernel's main loop may need on one architecture, on the card whose memory asks most of it.
struct LoopBound {
    /// Issue slots of a warp for 16 bytes of each lane that memory brings once, at most. Of kernels that serve few tokens.
    std::optional<double> slots;
    /// Percent of the issue slots that are products, at least. Of the others, where one weight serves many tokens.
    std::optional<double> hmma;
    /// Instructions a cycle that an SM needs to take in what memory brings, at most. Of kernels that serve few tokens.
    std::optional<double> ipc;
};

/// Kernel -> architecture -> bound.
using LoopBounds = std::map<std::string, std::map<std::string, LoopBound>>;

/// The bound that a kernel keeps as it is, rounded to the side that leaves it room. Only for loops with products.
[[nodiscard]] LoopBound bound_of(const KernelNeeds &kernel);

/// Reads the lines "KERNEL loop" of budgets.json; the others are those of check-budgets. Throws std::runtime_error on a line that is not as
/// expected.
[[nodiscard]] LoopBounds read_bounds(std::istream &json, const std::string &name);

/// The line of a kernel in budgets.json, without what comes before and after.
[[nodiscard]] std::string line_of(const std::string &kernel, const std::map<std::string, LoopBound> &bounds);

/// A sentence for each bound that does not hold, each kernel with products that has none, and each bound that no kernel is for.
[[nodiscard]] std::vector<std::string> broken_bounds(const std::vector<KernelNeeds> &kernels, const LoopBounds &bounds);

} // namespace unimed::issue_model
