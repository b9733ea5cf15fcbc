#pragma once

#include <string_view>
#include <vector>

namespace unimed::issue_model {

/// A card as its data sheet has it, and what an SM of its architecture holds (CUDA C++ Programming Guide, "Compute Capabilities").
struct Card {
    std::string_view name;
    /// As sm_90.
    std::string_view architecture;
    double bytes_per_second;
    int multiprocessors;
    double clock_hertz;
    int warps;
    int blocks;
    int shared_bytes;
    /// Cycles that a scheduler's tensor core takes for one product of 16 x 8 x 16, f16 with sums in fp32, at the data sheet's rate.
    double product_cycles;

    /// Bytes that memory brings for one SM in a cycle, all of them asking.
    [[nodiscard]] double bytes_per_cycle() const { return bytes_per_second / multiprocessors / clock_hertz; }
};

/// Schedulers of an SM: each issues at most one instruction a cycle.
constexpr int Schedulers = 4;
constexpr int RegistersOfMultiprocessor = 65536;
/// What the system takes of an SM's shared memory for each block.
constexpr int ReservedSharedBytes = 1024;

[[nodiscard]] const std::vector<Card> &cards();

/// The card of this architecture whose memory asks most of an SM. Throws std::runtime_error where none is of it.
[[nodiscard]] const Card &hardest_card(std::string_view architecture);

} // namespace unimed::issue_model
