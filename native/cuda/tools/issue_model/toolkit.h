#pragma once

#include <string>
#include <vector>

#include "tools/issue_model/kernel_needs.h"

namespace unimed::issue_model {

/// What cuobjdump shows of a fatbin.
class Toolkit {
public:
    Toolkit(std::string cuobjdump, std::string fatbin);

    /// All kernels for an architecture, by name. Throws std::runtime_error where the fatbin has none.
    [[nodiscard]] std::vector<KernelNeeds> needs(const std::string &architecture) const;

private:
    std::string cuobjdump_;
    std::string fatbin_;

    [[nodiscard]] std::string shown(const std::string &options) const;
};

} // namespace unimed::issue_model
