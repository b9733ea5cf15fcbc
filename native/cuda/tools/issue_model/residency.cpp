#include "tools/issue_model/residency.h"

#include <algorithm>

#include "tools/issue_model/pattern.h"

namespace unimed::issue_model {

Residency residency(const BlockResources &of, const Card &on) {
    const int warps = (of.threads + 31) / 32;
    // Registers are given out to warps, 256 at a time, and each scheduler has its own quarter of them.
    const int of_warp = (of.registers * 32 + 255) / 256 * 256;
    const int by_registers = RegistersOfMultiprocessor / Schedulers / of_warp * Schedulers / warps;
    const int by_shared = on.shared_bytes / (of.shared_bytes + ReservedSharedBytes);
    const int by_warps = on.warps / warps;
    const int blocks = std::min({by_registers, by_shared, by_warps, on.blocks});
    const char *limit = blocks == by_registers ? "registers"
                        : blocks == by_shared  ? "shared memory"
                        : blocks == by_warps   ? "warps"
                                               : "blocks";
    return {blocks, blocks * warps, limit};
}

std::map<std::string, int> read_threads(std::istream &ptx) {
    static const Pattern entry(R"(\.entry\s+(\w+))");
    static const Pattern threads(R"(\.maxntid\s+(\d+))");
    std::map<std::string, int> found;
    std::string kernel;
    for (std::string line; std::getline(ptx, line);) {
        if (line.find(".entry") != std::string::npos)
            if (const Pattern::Parts part = entry.search(line); !part.empty())
                kernel = part[1];
        if (line.find(".maxntid") != std::string::npos)
            if (const Pattern::Parts part = threads.search(line); !part.empty())
                found[kernel] = std::stoi(part[1]);
    }
    return found;
}

std::map<std::string, BlockResources> read_resources(std::istream &usage, const std::string &architecture) {
    static const Pattern function(R"(Function (\w+):)");
    static const Pattern numbers(R"(REG:(\d+).*SHARED:(\d+))");
    std::map<std::string, BlockResources> found;
    const int reserved = std::stoi(architecture.substr(3)) >= 90 ? ReservedSharedBytes : 0;
    std::string kernel;
    for (std::string line; std::getline(usage, line);) {
        if (const Pattern::Parts name = function.search(line); !name.empty())
            kernel = name[1];
        else if (const Pattern::Parts used = numbers.search(line); !used.empty())
            found[kernel] = {std::stoi(used[1]), std::max(0, std::stoi(used[2]) - reserved), 0};
    }
    return found;
}

} // namespace unimed::issue_model
