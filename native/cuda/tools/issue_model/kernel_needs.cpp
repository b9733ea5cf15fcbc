#include "tools/issue_model/kernel_needs.h"

#include <algorithm>

#include "tools/issue_model/weight_bytes.h"

namespace unimed::issue_model {
namespace {

constexpr int Lanes = 32;

LoopNeeds measure(const std::string &kernel, Path path) {
    using enum InstructionClass;
    LoopNeeds needs;
    for (const Instruction &here : path) {
        needs.slots_of[static_cast<std::size_t>(here.kind)]++;
        needs.alu += is_for_alu(here.opcode) ? 1 : 0;
        needs.cycles += std::max(1, here.stall);
        if (here.is_streamed())
            needs.streamed_bytes += memory_bytes(kernel, here);
        else if (here.kind == GlobalLoad || here.kind == AsyncCopy)
            needs.other_bytes += here.lane_bytes();
        else if (here.kind == SharedLoad || here.kind == SharedStore)
            needs.shared_bytes += here.lane_bytes();
    }
    needs.in_flight = go_round(path, 0, [&](const Instruction &load) { return memory_bytes(kernel, load); }).in_flight;
    for (const Instruction &here : path) {
        if (here.kind != Tensor)
            continue;
        const double brought = needs.streamed_bytes * Lanes;
        const auto multiplied = weight_bytes_of_products(kernel, here, needs.products());
        if (multiplied && *multiplied != brought)
            needs.unexplained_bytes = {*multiplied, brought};
        break;
    }
    needs.path = std::move(path);
    return needs;
}

// What makes a loop the main one.
PathWork weight_of(const Path &path) {
    const PathWork all = work_of(path, 0, path.size() - 1, false);
    PathWork work;
    work.products = all.products;
    if (all.products == 0)
        work.global_bytes = all.global_bytes;
    return work;
}

} // namespace

std::optional<double> LoopNeeds::slots_for_16_bytes() const {
    if (memory_bytes() == 0)
        return {};
    return slots() * 16.0 / memory_bytes();
}

KernelNeeds needs_of(const KernelCode &code, const BlockResources &block) {
    const FlowGraph graph(code.instructions);
    KernelNeeds needs{code.name, code.architecture, block, 0, {}};
    std::optional<Path> main;
    const Loop *main_loop = nullptr;
    const auto multiplies = [&](int inside) {
        const BasicBlock &here = graph.blocks()[static_cast<std::size_t>(inside)];
        return std::any_of(code.instructions.begin() + static_cast<std::ptrdiff_t>(here.first),
                           code.instructions.begin() + static_cast<std::ptrdiff_t>(here.last) + 1,
                           [](const Instruction &each) { return each.kind == InstructionClass::Tensor; });
    };
    for (const Loop &loop : graph.loops()) {
        const auto path = best_path(
            code.instructions, graph, loop.header, [&](int inside) { return loop.blocks.contains(inside); },
            [&](int last) { return std::ranges::count(graph.blocks()[static_cast<std::size_t>(last)].successors, loop.header) > 0; },
            std::ranges::any_of(loop.blocks, multiplies));
        if (!path)
            continue;
        const bool is_better = !main || weight_of(*path) > weight_of(*main) ||
                               (weight_of(*path) == weight_of(*main) && loop.blocks.size() < main_loop->blocks.size());
        if (is_better) {
            main = path;
            main_loop = &loop;
        }
    }
    const auto whole = best_path(
        code.instructions, graph, 0, [](int) { return true; },
        [&](int last) { return graph.blocks()[static_cast<std::size_t>(last)].successors.empty(); }, false);
    needs.other_slots = whole ? static_cast<int>(whole->size()) : 0;
    if (main) {
        // The whole way has run through the loop once, if it is on it.
        if (whole && std::ranges::any_of(*whole, [&](const Instruction &on) { return on.address == main->front().address; }))
            needs.other_slots = std::max(0, needs.other_slots - static_cast<int>(main->size()));
        needs.loop = measure(code.name, std::move(*main));
    }
    return needs;
}

CardNeeds needs_on(const KernelNeeds &kernel, const Card &card) {
    const LoopNeeds &loop = kernel.loop.value();
    CardNeeds needs;
    needs.resident = residency(kernel.block, card);
    const double warps = needs.resident.warps;
    const double iteration_bytes = loop.memory_bytes() * Lanes;
    const double issued = static_cast<double>(Schedulers) * loop.slots() / loop.issue_cycles();
    needs.reachable = std::min(issued, warps * loop.slots() / loop.cycles);
    needs.tensor_share = std::min(1.0, loop.product_share() * card.product_cycles * needs.reachable / Schedulers);
    if (iteration_bytes == 0)
        return needs;
    needs.instructions_per_cycle = card.bytes_per_cycle() * loop.slots() / iteration_bytes;
    needs.bytes_in_flight = (loop.streamed_bytes > 0 ? loop.in_flight.streamed : loop.in_flight.total()) * Lanes * warps;

    const auto keeps_up = [&](double load_cycles) {
        const double alone =
            go_round(loop.path, load_cycles, [&](const Instruction &load) { return memory_bytes(kernel.name, load); }).cycles;
        const double together = std::max(alone, warps * loop.issue_cycles() / Schedulers);
        return warps * iteration_bytes / together >= card.bytes_per_cycle();
    };
    double covered = 0, too_long = 65536;
    while (too_long - covered > 1) {
        const double middle = (covered + too_long) / 2;
        (keeps_up(middle) ? covered : too_long) = middle;
    }
    needs.covered_seconds = covered / card.clock_hertz;
    return needs;
}

} // namespace unimed::issue_model
