#include "tools/issue_model/instruction_class.h"

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace unimed::issue_model {
namespace {

const std::map<std::string_view, InstructionClass> &classes() {
    using enum InstructionClass;
    static const std::map<std::string_view, InstructionClass> of{
        {"HMMA", Tensor},         {"IMMA", Tensor},          {"BMMA", Tensor},
        {"DMMA", Tensor},         {"HGMMA", Tensor},         {"IGMMA", Tensor},
        {"QGMMA", Tensor},

        {"FADD", Float},          {"FMUL", Float},           {"FFMA", Float},
        {"FMNMX", Float},         {"FSEL", Float},           {"FSETP", Float},
        {"FSET", Float},          {"FCHK", Float},           {"FSWZADD", Float},
        {"FADD32I", Float},       {"FMUL32I", Float},        {"FFMA32I", Float},
        {"HADD2", Float},         {"HMUL2", Float},          {"HFMA2", Float},
        {"HSETP2", Float},        {"HSET2", Float},          {"HMNMX2", Float},
        {"HADD2_32I", Float},     {"HMUL2_32I", Float},      {"HFMA2_32I", Float},
        {"DADD", Float},          {"DMUL", Float},           {"DFMA", Float},
        {"DSETP", Float},

        {"IADD3", Integer},       {"IADD", Integer},         {"IADD32I", Integer},
        {"IMAD", Integer},        {"IMUL", Integer},         {"IMNMX", Integer},
        {"VIMNMX", Integer},      {"VIMNMX3", Integer},      {"VIADD", Integer},
        {"VIADDMNMX", Integer},   {"IABS", Integer},         {"IDP", Integer},
        {"ISETP", Integer},       {"ISCADD", Integer},       {"LEA", Integer},
        {"LOP3", Integer},        {"SHF", Integer},          {"SHL", Integer},
        {"SHR", Integer},         {"PRMT", Integer},         {"SEL", Integer},
        {"SGXT", Integer},        {"BMSK", Integer},         {"MOV", Integer},
        {"MOV32I", Integer},      {"PLOP3", Integer},        {"P2R", Integer},
        {"R2P", Integer},         {"CS2R", Integer},         {"S2R", Integer},
        {"S2UR", Integer},        {"R2UR", Integer},         {"LDC", Integer},
        {"ULDC", Integer},        {"UMOV", Integer},         {"UIADD3", Integer},
        {"UIMAD", Integer},       {"UISETP", Integer},       {"ULEA", Integer},
        {"ULOP3", Integer},       {"USHF", Integer},         {"UPRMT", Integer},
        {"USEL", Integer},        {"USGXT", Integer},        {"UPLOP3", Integer},
        {"UP2UR", Integer},       {"UR2UP", Integer},        {"UBMSK", Integer},
        {"VABSDIFF", Integer},    {"VABSDIFF4", Integer},    {"LEPC", Integer},
        {"B2R", Integer},         {"R2B", Integer},          {"UFLO", Integer},
        {"UPOPC", Integer},       {"UBREV", Integer},

        {"F2F", Conversion},      {"F2FP", Conversion},      {"F2I", Conversion},
        {"F2IP", Conversion},     {"I2F", Conversion},       {"I2FP", Conversion},
        {"I2I", Conversion},      {"I2IP", Conversion},      {"FRND", Conversion},

        {"MUFU", Special},        {"POPC", Special},         {"FLO", Special},
        {"BREV", Special},

        {"LDG", GlobalLoad},      {"LDGSTS", AsyncCopy},     {"STG", GlobalStore},
        {"RED", GlobalStore},     {"ATOMG", GlobalStore},    {"CCTL", Prefetch},
        {"CCTLL", Prefetch},      {"UBLKPF", Prefetch},

        {"LDS", SharedLoad},      {"LDSM", SharedLoad},      {"STS", SharedStore},
        {"STSM", SharedStore},    {"ATOMS", SharedStore},

        {"LDL", LocalMemory},     {"STL", LocalMemory},      {"LD", LocalMemory},
        {"ST", LocalMemory},

        {"SHFL", Exchange},       {"VOTE", Exchange},        {"VOTEU", Exchange},
        {"REDUX", Exchange},      {"MATCH", Exchange},       {"MOVM", Exchange},

        {"BAR", Barrier},         {"DEPBAR", Barrier},       {"LDGDEPBAR", Barrier},
        {"MEMBAR", Barrier},      {"ERRBAR", Barrier},       {"FENCE", Barrier},
        {"ACQBULK", Barrier},     {"PREEXIT", Barrier},      {"WARPSYNC", Barrier},
        {"SYNCS", Barrier},       {"WARPGROUP", Barrier},    {"ARRIVES", Barrier},
        {"UCGABAR_ARV", Barrier}, {"UCGABAR_WAIT", Barrier},

        {"BRA", Control},         {"BRX", Control},          {"BRXU", Control},
        {"JMP", Control},         {"JMX", Control},          {"BSSY", Control},
        {"BSYNC", Control},       {"BREAK", Control},        {"BMOV", Control},
        {"CALL", Control},        {"RET", Control},          {"EXIT", Control},
        {"NOP", Control},         {"YIELD", Control},        {"NANOSLEEP", Control},
        {"BPT", Control},         {"KILL", Control},         {"ENDCOLLECTIVE", Control},
    };
    return of;
}

} // namespace

std::string_view name_of(InstructionClass of) {
    static constexpr std::array<std::string_view, InstructionClasses> names{
        "HMMA",     "float",    "integer", "conversion", "special",  "LDG",     "LDGSTS",  "STG",
        "prefetch", "LDS/LDSM", "STS",     "local",      "exchange", "barrier", "control",
    };
    return names[static_cast<std::size_t>(of)];
}

InstructionClass class_of(std::string_view opcode) {
    const std::string_view base = opcode.substr(0, opcode.find('.'));
    // Sums of an f16 and zero are how it becomes a float.
    if (opcode.starts_with("HADD2.F32"))
        return InstructionClass::Conversion;
    const auto found = classes().find(base);
    if (found == classes().end())
        throw std::runtime_error("no class is known for the instruction " + std::string(opcode) +
                                 "; give it one in tools/issue_model/instruction_class.cpp");
    return found->second;
}

bool is_for_alu(std::string_view opcode) {
    static const std::set<std::string_view> all{
        "IADD3", "VIADD", "VIADDMNMX", "IMNMX", "VIMNMX", "VIMNMX3", "IABS", "ISETP", "LEA",  "LOP3",  "SHF",   "SHL",
        "SHR",   "PRMT",  "SEL",       "SGXT",  "BMSK",   "PLOP3",   "P2R",  "R2P",   "FSEL", "FSETP", "FMNMX", "F2FP",
    };
    return all.contains(opcode.substr(0, opcode.find('.')));
}

} // namespace unimed::issue_model
