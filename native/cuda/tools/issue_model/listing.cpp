#include "tools/issue_model/listing.h"

#include <stdexcept>

#include "tools/issue_model/pattern.h"

namespace unimed::issue_model {
namespace {

// What the upper 64 bits of an instruction tell the scheduler.
void read_control(Instruction &instruction, std::uint64_t upper) {
    const auto bits = [&](int first, int count) { return static_cast<unsigned>(upper >> (first - 64)) & ((1u << count) - 1u); };
    instruction.stall = static_cast<int>(bits(105, 4));
    const unsigned scoreboard = bits(110, 3);
    // 7 is none.
    if (scoreboard < 6)
        instruction.result_scoreboard = static_cast<int>(scoreboard);
    instruction.waits_for = bits(116, 6);
}

} // namespace

std::vector<KernelCode> read_listing(std::istream &text) {
    // An instruction has two lines: its address, text and lower 64 bits; its upper 64 bits.
    static const Pattern first_line(
        R"(^\s*/\*([0-9a-f]{4,})\*/\s+(@!?U?P[0-9T]+\s+)?([A-Z][A-Z0-9_.x]*)\s*([^;]*?)\s*;\s*/\* 0x[0-9a-f]{16} \*/\s*$)");
    static const Pattern second_line(R"(^\s*/\* (0x[0-9a-f]{16}) \*/\s*$)");
    static const Pattern code_line(R"(^\s*code for (sm_[0-9a-z]+)\s*$)");
    static const Pattern function_line(R"(^\s*Function : (\S+)\s*$)");
    std::vector<KernelCode> kernels;
    std::string architecture;
    bool half = false;
    int number = 0;
    const auto fail = [&](const std::string &what, const std::string &line) {
        throw std::runtime_error("line " + std::to_string(number) + " of cuobjdump -sass: " + what + ": " + line);
    };
    for (std::string line; std::getline(text, line);) {
        number++;
        if (half) {
            const Pattern::Parts part = second_line.match(line);
            if (part.empty())
                fail("the second half of an instruction was expected", line);
            read_control(kernels.back().instructions.back(), std::stoull(part[1], nullptr, 16));
            half = false;
        } else if (const Pattern::Parts part = first_line.match(line); !part.empty()) {
            if (kernels.empty())
                fail("an instruction stands before any function", line);
            Instruction instruction;
            instruction.address = std::stoi(part[1], nullptr, 16);
            instruction.guard = part[2].substr(0, part[2].find_last_not_of(" \t") + 1);
            instruction.opcode = part[3];
            instruction.operands = part[4];
            instruction.kind = class_of(instruction.opcode);
            kernels.back().instructions.push_back(instruction);
            half = true;
        } else if (const Pattern::Parts code = code_line.match(line); !code.empty()) {
            architecture = code[1];
        } else if (const Pattern::Parts function = function_line.match(line); !function.empty()) {
            kernels.push_back({function[1], architecture, {}});
        } else if (line.find(';') != std::string::npos) {
            fail("not a line of an instruction", line);
        }
    }
    if (half)
        fail("the text ends in the middle of an instruction", "");
    return kernels;
}

} // namespace unimed::issue_model
