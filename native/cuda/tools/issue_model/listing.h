#pragma once

#include <istream>
#include <string>
#include <vector>

#include "tools/issue_model/instruction.h"

namespace unimed::issue_model {

/// A kernel's instructions for one architecture, in the order of their addresses.
struct KernelCode {
    std::string name;
    /// As sm_90.
    std::string architecture;
    std::vector<Instruction> instructions;
};

/// Reads what cuobjdump -sass prints. Throws std::runtime_error where that is not as expected.
[[nodiscard]] std::vector<KernelCode> read_listing(std::istream &text);

} // namespace unimed::issue_model
