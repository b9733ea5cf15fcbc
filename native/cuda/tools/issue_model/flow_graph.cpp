#include "tools/issue_model/flow_graph.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

namespace unimed::issue_model {
namespace {

// Whether it may end a block, and whether what stands behind it is reached from it.
bool ends_block(const Instruction &of) {
    return of.is("BRA") || of.is("JMP") || of.is("CALL") || of.is("BRX") || of.is("JMX") || of.is("EXIT") || of.is("RET") || of.is("KILL");
}

bool falls_through(const Instruction &of) {
    if (!of.guard.empty())
        return true;
    if (of.is("CALL"))
        return true;
    if (of.is("BRA") || of.is("JMP"))
        // A branch may have a second predicate, or be taken where lanes part.
        return of.operands.find(',') != std::string::npos || of.opcode.find(".DIV") != std::string::npos;
    return !ends_block(of);
}

} // namespace

FlowGraph::FlowGraph(const std::vector<Instruction> &instructions) {
    cut(instructions);
    put_in_order();
    find_loops();
}

void FlowGraph::cut(const std::vector<Instruction> &instructions) {
    if (instructions.empty())
        throw std::runtime_error("a kernel without instructions");
    std::map<int, std::size_t> at;
    for (std::size_t i = 0; i < instructions.size(); i++)
        at[instructions[i].address] = i;
    std::set<int> meetings;
    for (const Instruction &here : instructions)
        if (here.is("BSSY"))
            meetings.insert(here.target().value_or(-1));
    std::set<std::size_t> leaders{0};
    for (std::size_t i = 0; i < instructions.size(); i++) {
        const Instruction &here = instructions[i];
        if (here.is("BRX") || here.is("JMX"))
            throw std::runtime_error("a branch by a table at " + std::to_string(here.address) + ": its targets are not in the text");
        // Ways that parted meet again right behind it.
        if (here.is("BSYNC") && (i + 1 == instructions.size() || !meetings.contains(instructions[i + 1].address)))
            throw std::runtime_error("the BSYNC at " + std::to_string(here.address) + " does not stand before a place that a BSSY names");
        if (ends_block(here) && i + 1 < instructions.size())
            leaders.insert(i + 1);
        // A call goes to the slow path of a division or a root, which ends with RET and is no part of a loop; or it is a jump, and what
        // stands there goes on.
        if (const auto target = here.target()) {
            if (!at.contains(*target))
                throw std::runtime_error("the branch at " + std::to_string(here.address) + " leads to " + std::to_string(*target) +
                                         ", where no instruction is");
            leaders.insert(at[*target]);
        }
    }
    std::map<std::size_t, int> block_of;
    for (const std::size_t leader : leaders) {
        block_of[leader] = static_cast<int>(blocks_.size());
        if (!blocks_.empty())
            blocks_.back().last = leader - 1;
        blocks_.push_back({leader, instructions.size() - 1, {}});
    }
    for (BasicBlock &block : blocks_) {
        const Instruction &last = instructions[block.last];
        if (ends_block(last))
            if (const auto target = last.target())
                block.successors.push_back(block_of[at[*target]]);
        if (falls_through(last) && block.last + 1 < instructions.size()) {
            const int next = block_of[block.last + 1];
            if (std::find(block.successors.begin(), block.successors.end(), next) == block.successors.end())
                block.successors.push_back(next);
        }
    }
}

void FlowGraph::put_in_order() {
    std::vector<bool> seen(blocks_.size(), false);
    const std::function<void(int)> visit = [&](int block) {
        seen[block] = true;
        for (const int next : blocks_[block].successors)
            if (!seen[next])
                visit(next);
        order_.push_back(block);
    };
    visit(0);
    std::reverse(order_.begin(), order_.end());
    place_.assign(blocks_.size(), -1);
    for (std::size_t i = 0; i < order_.size(); i++)
        place_[order_[i]] = static_cast<int>(i);
}

void FlowGraph::find_loops() {
    std::vector<std::vector<int>> before(blocks_.size());
    for (const int block : order_)
        for (const int next : blocks_[block].successors)
            before[next].push_back(block);

    // Immediate dominators, after Cooper, Harvey and Kennedy.
    std::vector<int> dominator(blocks_.size(), -1);
    dominator[0] = 0;
    const auto common = [&](int a, int b) {
        while (a != b)
            (place_[a] > place_[b] ? a : b) = dominator[place_[a] > place_[b] ? a : b];
        return a;
    };
    for (bool changed = true; changed;) {
        changed = false;
        for (const int block : order_) {
            if (block == 0)
                continue;
            int now = -1;
            for (const int from : before[block])
                if (dominator[from] >= 0)
                    now = now < 0 ? from : common(from, now);
            changed = changed || dominator[block] != now;
            dominator[block] = now;
        }
    }
    const auto dominates = [&](int a, int b) {
        while (place_[b] > place_[a])
            b = dominator[b];
        return a == b;
    };

    std::map<int, Loop> by_header;
    for (const int block : order_)
        for (const int header : blocks_[block].successors) {
            if (!goes_back(block, header) || !dominates(header, block))
                continue;
            Loop &loop = by_header.try_emplace(header, Loop{header, {header}}).first->second;
            std::vector<int> open{block};
            while (!open.empty()) {
                const int inside = open.back();
                open.pop_back();
                if (loop.blocks.insert(inside).second)
                    open.insert(open.end(), before[inside].begin(), before[inside].end());
            }
        }
    for (auto &[header, loop] : by_header)
        loops_.push_back(std::move(loop));
}

} // namespace unimed::issue_model
