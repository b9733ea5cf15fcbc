#include "tools/issue_model/listing.h"

#include <regex>
#include <stdexcept>

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
    static const std::regex first_line(
        R"(^\s*/\*([0-9a-f]{4,})\*/\s+(@!?U?P[0-9T]+\s+)?([A-Z][A-Z0-9_.x]*)\s*([^;]*?)\s*;\s*/\* 0x[0-9a-f]{16} \*/\s*$)");
    static const std::regex second_line(R"(^\s*/\* (0x[0-9a-f]{16}) \*/\s*$)");
    static const std::regex code_line(R"(^\s*code for (sm_[0-9a-z]+)\s*$)");
    static const std::regex function_line(R"(^\s*Function : (\S+)\s*$)");
    std::vector<KernelCode> kernels;
    std::string architecture;
    bool half = false;
    int number = 0;
    const auto fail = [&](const std::string &what, const std::string &line) {
        throw std::runtime_error("line " + std::to_string(number) + " of cuobjdump -sass: " + what + ": " + line);
    };
    for (std::string line; std::getline(text, line);) {
        number++;
        std::smatch part;
        if (half) {
            if (!std::regex_match(line, part, second_line))
                fail("the second half of an instruction was expected", line);
            read_control(kernels.back().instructions.back(), std::stoull(part[1], nullptr, 16));
            half = false;
        } else if (std::regex_match(line, part, first_line)) {
            if (kernels.empty())
                fail("an instruction stands before any function", line);
            Instruction instruction;
            instruction.address = std::stoi(part[1], nullptr, 16);
            instruction.guard = part[2].str().substr(0, part[2].str().find_last_not_of(" \t") + 1);
            instruction.opcode = part[3];
            instruction.operands = part[4];
            instruction.kind = class_of(instruction.opcode);
            kernels.back().instructions.push_back(instruction);
            half = true;
        } else if (std::regex_match(line, part, code_line)) {
            architecture = part[1];
        } else if (std::regex_match(line, part, function_line)) {
            kernels.push_back({part[1], architecture, {}});
        } else if (line.find(';') != std::string::npos) {
            fail("not a line of an instruction", line);
        }
    }
    if (half)
        fail("the text ends in the middle of an instruction", "");
    return kernels;
}

} // namespace unimed::issue_model
