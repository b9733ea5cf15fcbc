#pragma once

#include <string_view>

namespace unimed::issue_model {

/// What an instruction of SASS keeps busy.
enum class InstructionClass {
    /// Products of tensor cores: HMMA and its kin.
    Tensor,
    /// FP32, packed f16 and FP64 arithmetic.
    Float,
    /// Integers, logic, addresses, moves, predicates, the uniform registers, constants.
    Integer,
    /// From one number format to another, packed pairs included.
    Conversion,
    /// Exponential, reciprocal, square root and what else the special function unit does.
    Special,
    GlobalLoad,
    /// LDGSTS: from global to shared memory, past the registers.
    AsyncCopy,
    GlobalStore,
    /// A line brought into a cache, and other work on caches.
    Prefetch,
    /// LDS and LDSM.
    SharedLoad,
    SharedStore,
    LocalMemory,
    /// Shuffles, votes.
    Exchange,
    /// Barriers, waits for copies, fences, the wait for the kernels before.
    Barrier,
    /// Branches, reconvergence, exit.
    Control,
};

constexpr int InstructionClasses = static_cast<int>(InstructionClass::Control) + 1;

/// As tables print it.
[[nodiscard]] std::string_view name_of(InstructionClass of);

/// The class of an opcode with its modifiers, as HMMA.16816.F32. Throws std::runtime_error for one that no line of the table has.
[[nodiscard]] InstructionClass class_of(std::string_view opcode);

/// Whether it is for the ALU of a scheduler, which takes one instruction in two cycles (CUDA C++ Programming Guide, throughput of
/// arithmetic: 64 results a cycle and SM): integers but for products, logic, comparisons, selection, packing of halves.
[[nodiscard]] bool is_for_alu(std::string_view opcode);

/// Cycles in which the ALU takes one instruction.
constexpr int AluCycles = 2;

} // namespace unimed::issue_model
