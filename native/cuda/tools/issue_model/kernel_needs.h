#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "tools/issue_model/card.h"
#include "tools/issue_model/listing.h"
#include "tools/issue_model/residency.h"
#include "tools/issue_model/warp_timeline.h"

namespace unimed::issue_model {

/// What one iteration of a kernel's main loop needs, by a warp.
struct LoopNeeds {
    Path path;
    std::array<int, InstructionClasses> slots_of{};
    /// Instructions for the ALU.
    int alu = 0;
    /// Cycles that the warp spends at least, by what the compiler says between its instructions; waits for memory come on top.
    int cycles = 0;
    /// Bytes of a lane. Read once: what memory brings, so that lanes that read the same bytes count them together once.
    double streamed_bytes = 0;
    int other_bytes = 0;
    int shared_bytes = 0;
    LoadsInFlight in_flight;
    /// What the products multiply and the loads past L1 bring, for a warp, where the two differ: then memory_bytes (weight_bytes.h) does
    /// not know how this kernel reads its weights.
    std::optional<std::pair<double, double>> unexplained_bytes;

    [[nodiscard]] int slots() const { return static_cast<int>(path.size()); }
    /// Cycles of its scheduler that nobody else can use: a slot each, or what its ALU takes.
    [[nodiscard]] int issue_cycles() const { return std::max(slots(), AluCycles * alu); }
    [[nodiscard]] int products() const { return slots_of[static_cast<std::size_t>(InstructionClass::Tensor)]; }
    [[nodiscard]] double product_share() const { return static_cast<double>(products()) / slots(); }

    /// Bytes of a lane that come from memory: those read once where there are such, else all.
    [[nodiscard]] double memory_bytes() const { return streamed_bytes > 0 ? streamed_bytes : other_bytes; }

    /// Nothing where the loop reads no global memory.
    [[nodiscard]] std::optional<double> slots_for_16_bytes() const;
};

/// A kernel as a whole.
struct KernelNeeds {
    std::string name;
    std::string architecture;
    BlockResources block;
    /// Slots of a warp on its way through the kernel but for the main loop, inner loops run through once.
    int other_slots = 0;
    /// Nothing where the kernel has no loop.
    std::optional<LoopNeeds> loop;
};

/// Looks for the main loop: of all, the one that an iteration does most products in, or without products moves most bytes of global memory;
/// of equal ones the innermost.
[[nodiscard]] KernelNeeds needs_of(const KernelCode &code, const BlockResources &block);

/// What that means on a card.
struct CardNeeds {
    Residency resident;
    /// Instructions that an SM must issue in a cycle to take in all that memory brings; above 4 none can.
    double instructions_per_cycle = 0;
    /// The most that the resident warps issue in a cycle, memory aside.
    double reachable = 0;
    /// Of the tensor cores' peak, the most that the issue of the resident warps leaves.
    double tensor_share = 0;
    double bytes_in_flight = 0;
    /// How long a load may take without memory falling idle: the longest for which the resident warps, each going round as WarpTimeline
    /// says, still take in all that memory brings. 0 where they cannot issue as much.
    double covered_seconds = 0;
};

/// The kernel has a loop.
[[nodiscard]] CardNeeds needs_on(const KernelNeeds &kernel, const Card &card);

} // namespace unimed::issue_model
