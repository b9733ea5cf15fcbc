#pragma once

#include <set>
#include <vector>

#include "tools/issue_model/instruction.h"

namespace unimed::issue_model {

/// Instructions that a warp issues one after the other: first .. last of the kernel.
struct BasicBlock {
    std::size_t first;
    std::size_t last;
    std::vector<int> successors;
};

/// Blocks that a warp goes round in: all ways from the header back to it that do not leave it.
struct Loop {
    int header;
    std::set<int> blocks;
};

/// The basic blocks of a kernel, which follow which, and its loops.
class FlowGraph {
public:
    explicit FlowGraph(const std::vector<Instruction> &instructions);

    [[nodiscard]] const std::vector<BasicBlock> &blocks() const { return blocks_; }

    /// Natural loops, one for each header.
    [[nodiscard]] const std::vector<Loop> &loops() const { return loops_; }

    /// Blocks so that each stands behind those it is reached from, but for the branches back of loops.
    [[nodiscard]] const std::vector<int> &order() const { return order_; }

    /// Whether this edge goes back in the order, as those that close loops do.
    [[nodiscard]] bool goes_back(int from, int to) const { return place_[to] <= place_[from]; }

private:
    std::vector<BasicBlock> blocks_;
    std::vector<Loop> loops_;
    std::vector<int> order_;
    // Place of a block in the order; those that nothing reaches have none.
    std::vector<int> place_;

    void cut(const std::vector<Instruction> &instructions);
    void put_in_order();
    void find_loops();
};

} // namespace unimed::issue_model
