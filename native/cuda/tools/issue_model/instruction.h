#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/issue_model/instruction_class.h"

namespace unimed::issue_model {

/// One instruction as nvdisasm prints it, and what its encoding tells the scheduler (bits 105 to 121 of the 128 of sm_70 and newer).
struct Instruction {
    int address = 0;
    /// As @!P0; empty where there is none.
    std::string guard;
    /// With its modifiers.
    std::string opcode;
    std::string operands;
    InstructionClass kind = InstructionClass::Control;
    /// Cycles until the warp may issue its next instruction.
    int stall = 0;
    /// Scoreboard that is busy until the result is there.
    std::optional<int> result_scoreboard;
    /// Scoreboards that must be free before this is issued, a bit each.
    unsigned waits_for = 0;

    [[nodiscard]] bool is(const char *base) const;

    /// Bytes that each lane moves, for accesses to memory; 0 for others.
    [[nodiscard]] int lane_bytes() const;

    /// Whether it loads past L1 (NA): weights, and whatever else a kernel reads once.
    [[nodiscard]] bool is_streamed() const;

    /// The address a branch or a reconvergence point names.
    [[nodiscard]] std::optional<int> target() const;
};

} // namespace unimed::issue_model
