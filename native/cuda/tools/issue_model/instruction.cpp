#include "tools/issue_model/instruction.h"

#include <cstdlib>
#include <string_view>

namespace unimed::issue_model {
namespace {

bool has_modifier(std::string_view opcode, std::string_view modifier) {
    for (std::size_t at = opcode.find('.'); at != std::string_view::npos;) {
        const std::size_t end = opcode.find('.', at + 1);
        if (opcode.substr(at + 1, end == std::string_view::npos ? end : end - at - 1) == modifier)
            return true;
        at = end;
    }
    return false;
}

} // namespace

bool Instruction::is(const char *base) const {
    const std::string_view name = std::string_view(opcode).substr(0, opcode.find('.'));
    return name == base;
}

int Instruction::lane_bytes() const {
    using enum InstructionClass;
    // ptxas puts loads that no lane does before asynchronous copies.
    if (guard == "@!PT")
        return 0;
    switch (kind) {
    case GlobalLoad:
    case AsyncCopy:
    case GlobalStore:
    case SharedLoad:
    case SharedStore:
        break;
    default:
        return 0;
    }
    if (is("LDSM") || is("STSM"))
        return has_modifier(opcode, "4") ? 16 : has_modifier(opcode, "2") ? 8 : 4;
    for (const auto &[modifier, bytes] : {std::pair{"128", 16}, {"64", 8}, {"U16", 2}, {"S16", 2}, {"U8", 1}, {"S8", 1}})
        if (has_modifier(opcode, modifier))
            return bytes;
    return 4;
}

bool Instruction::is_streamed() const {
    return kind == InstructionClass::GlobalLoad && has_modifier(opcode, "NA");
}

std::optional<int> Instruction::target() const {
    if (!is("BRA") && !is("BSSY") && !is("CALL") && !is("JMP"))
        return {};
    const std::size_t at = operands.rfind("0x");
    if (at == std::string::npos)
        return {};
    return static_cast<int>(std::strtol(operands.c_str() + at, nullptr, 16));
}

} // namespace unimed::issue_model
