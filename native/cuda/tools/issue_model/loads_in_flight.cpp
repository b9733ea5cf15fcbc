#include "tools/issue_model/loads_in_flight.h"

#include <algorithm>
#include <cstdlib>
#include <list>
#include <stdexcept>

namespace unimed::issue_model {
namespace {

struct Load {
    double bytes;
    bool streamed;
    // A copy has none until its group is closed.
    std::optional<int> scoreboard;
};

// DEPBAR.LE SB0, 0x1: of the groups of this scoreboard all but the newest so many are waited for.
struct GroupWait {
    int scoreboard;
    std::size_t pending;
};

GroupWait group_wait(const Instruction &of) {
    const std::size_t at = of.operands.find("SB");
    const std::size_t comma = of.operands.find(',', at);
    if (at == std::string::npos || comma == std::string::npos)
        throw std::runtime_error("not a wait for a group: " + of.opcode + " " + of.operands);
    return {std::atoi(of.operands.c_str() + at + 2), std::strtoul(of.operands.c_str() + comma + 1, nullptr, 16)};
}

} // namespace

LoadsInFlight loads_in_flight(const Path &iteration, const std::function<double(const Instruction &)> &memory_bytes) {
    // Loads are asked for some iterations ahead at most; then every round is like the one before.
    constexpr int Rounds = 8;
    std::list<std::list<Load>> groups;
    std::list<Load> open_copies;
    LoadsInFlight most;
    for (int round = 0; round < Rounds; round++) {
        for (const Instruction &here : iteration) {
            groups.remove_if([&](const std::list<Load> &group) {
                return group.front().scoreboard && (here.waits_for >> *group.front().scoreboard & 1u) != 0;
            });
            if (here.is("DEPBAR") && here.operands.find("SB") != std::string::npos) {
                const GroupWait wait = group_wait(here);
                std::size_t newer = 0;
                for (auto group = groups.rbegin(); group != groups.rend();) {
                    if (group->front().scoreboard == wait.scoreboard && ++newer > wait.pending)
                        group = std::make_reverse_iterator(groups.erase(std::next(group).base()));
                    else
                        ++group;
                }
            } else if (here.is("LDGDEPBAR")) {
                if (!here.result_scoreboard)
                    throw std::runtime_error("an LDGDEPBAR without a scoreboard at " + std::to_string(here.address));
                for (Load &copy : open_copies)
                    copy.scoreboard = here.result_scoreboard;
                if (!open_copies.empty())
                    groups.push_back(std::move(open_copies));
                open_copies.clear();
            } else if (here.kind == InstructionClass::AsyncCopy) {
                open_copies.push_back({memory_bytes(here), false, {}});
            } else if (here.kind == InstructionClass::GlobalLoad) {
                groups.push_back({{memory_bytes(here), here.is_streamed(), here.result_scoreboard}});
            }
            LoadsInFlight now;
            for (const auto &group : groups)
                for (const Load &load : group)
                    (load.streamed ? now.streamed : now.others) += load.bytes;
            for (const Load &copy : open_copies)
                now.others += copy.bytes;
            most.streamed = std::max(most.streamed, now.streamed);
            most.others = std::max(most.others, now.others);
        }
    }
    return most;
}

} // namespace unimed::issue_model
