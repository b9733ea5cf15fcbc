#pragma once

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "tools/issue_model/kernel_needs.h"

/// Kernels as a test writes them, instruction by instruction.
namespace unimed::issue_model {

/// An instruction as a test writes it.
struct Line {
    std::string text;
    int stall = 1;
    /// Scoreboard that its result sets; 7 is none.
    int sets = 7;
    /// Scoreboards that it waits for, a bit each.
    unsigned waits = 0;
};

/// As cuobjdump -sass prints a kernel.
inline std::string printed(const std::string &kernel, const std::vector<Line> &lines, const std::string &architecture = "sm_90") {
    std::ostringstream text;
    text << "\tcode for " << architecture << "\n\t\tFunction : " << kernel << "\n";
    int address = 0;
    char half[64];
    for (const Line &line : lines) {
        std::snprintf(half, sizeof half, "        /*%04x*/     ", static_cast<unsigned>(address));
        text << half << line.text << " ;   /* 0x0000000000000000 */\n";
        const auto upper = static_cast<unsigned long long>(line.stall) << 41 | static_cast<unsigned long long>(line.sets) << 46 |
                           static_cast<unsigned long long>(line.waits) << 52;
        std::snprintf(half, sizeof half, "      /* 0x%016llx */\n", upper);
        text << half;
        address += 16;
    }
    return text.str();
}

inline std::vector<KernelCode> read(const std::string &text) {
    std::istringstream stream(text);
    return read_listing(stream);
}

inline KernelNeeds needs(const std::string &kernel, const std::vector<Line> &lines, const BlockResources &block = {32, 0, 128},
                         const std::string &architecture = "sm_90") {
    return needs_of(read(printed(kernel, lines, architecture)).at(0), block);
}

} // namespace unimed::issue_model
