#pragma once

#include <istream>
#include <map>
#include <string>

#include "tools/issue_model/card.h"

namespace unimed::issue_model {

/// What a block of a kernel takes of an SM.
struct BlockResources {
    int registers = 0;
    /// Of fixed size; what a launch adds is not known here.
    int shared_bytes = 0;
    int threads = 0;
};

/// How many blocks of a kernel an SM holds at once, and what keeps it from holding more.
struct Residency {
    int blocks;
    int warps;
    std::string limit;
};

[[nodiscard]] Residency residency(const BlockResources &of, const Card &on);

/// Kernel -> threads of a block, out of PTX (.maxntid).
[[nodiscard]] std::map<std::string, int> read_threads(std::istream &ptx);

/// Kernel -> registers and shared memory, out of cuobjdump -res-usage for one architecture. From sm_90 on that counts the system's bytes as
/// the kernel's, wherever it has some of its own.
[[nodiscard]] std::map<std::string, BlockResources> read_resources(std::istream &usage, const std::string &architecture);

} // namespace unimed::issue_model
