#pragma once

#include <optional>
#include <set>
#include <vector>

#include "tools/issue_model/flow_graph.h"

namespace unimed::issue_model {

/// The instructions of one way through a part of a kernel, in the order in which a warp issues them.
using Path = std::vector<Instruction>;

/// What a path does. Of two, a full tile's is the one with more products; then the one that moves more bytes, of global and then of shared
/// memory, since tails leave some out, and asks for more lines ahead; then the one with fewer accesses, since unaligned rows come in
/// smaller pieces; then the one with fewer branches, since what is not whole is decided piece by piece; then the shorter one. The order of
/// members is that order.
struct PathWork {
    int products = 0;
    int global_bytes = 0;
    int shared_bytes = 0;
    int prefetches = 0;
    // Less is more: these are negative.
    int accesses = 0;
    int branches = 0;
    int slots = 0;

    auto operator<=>(const PathWork &) const = default;
    PathWork &operator+=(const PathWork &other);
};

/// Where a loop multiplies, what it stores is a result, which few iterations have: stores are accesses then and move nothing.
[[nodiscard]] PathWork work_of(const std::vector<Instruction> &instructions, std::size_t first, std::size_t last, bool multiplies);

/// The path from the first block to one for which `ends` holds that does the most work, through blocks that `allowed` has and no edge that
/// goes back: an inner loop is run through once. Nothing where no way leads there. `multiplies` says whether products are among them.
template <class Allowed, class Ends>
[[nodiscard]] std::optional<Path> best_path(const std::vector<Instruction> &instructions, const FlowGraph &graph, int first,
                                            Allowed allowed, Ends ends, bool multiplies) {
    struct Best {
        bool reached = false;
        PathWork work;
        int from = -1;
    };
    const auto &blocks = graph.blocks();
    std::vector<Best> best(blocks.size());
    int end = -1;
    bool begun = false;
    for (const int block : graph.order()) {
        begun = begun || block == first;
        if (!begun || !allowed(block) || (block != first && !best[block].reached))
            continue;
        best[block].reached = true;
        best[block].work += work_of(instructions, blocks[block].first, blocks[block].last, multiplies);
        if (ends(block) && (end < 0 || best[block].work > best[end].work))
            end = block;
        for (const int next : blocks[block].successors) {
            if (graph.goes_back(block, next) || !allowed(next))
                continue;
            if (!best[next].reached || best[block].work > best[next].work)
                best[next] = {true, best[block].work, block};
        }
    }
    if (end < 0)
        return {};
    std::vector<int> way;
    for (int block = end; block >= 0; block = best[block].from)
        way.insert(way.begin(), block);
    Path path;
    for (const int block : way)
        path.insert(path.end(), instructions.begin() + static_cast<std::ptrdiff_t>(blocks[block].first),
                    instructions.begin() + static_cast<std::ptrdiff_t>(blocks[block].last) + 1);
    return path;
}

} // namespace unimed::issue_model
