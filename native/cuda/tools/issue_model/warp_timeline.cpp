#include "tools/issue_model/warp_timeline.h"

#include <algorithm>
#include <cstdlib>
#include <list>
#include <stdexcept>

namespace unimed::issue_model {
namespace {

// What sets one scoreboard: a load, a group of copies, or something short.
struct Pending {
    std::optional<int> scoreboard;
    double ready;
    LoadsInFlight bytes;
};

// DEPBAR.LE SB0, 0x1: of the groups of this scoreboard all but the newest so many are waited for.
struct GroupWait {
    int scoreboard;
    int newest;
};

std::optional<GroupWait> group_wait(const Instruction &of) {
    const std::size_t at = of.operands.find("SB");
    if (!of.is("DEPBAR") || at == std::string::npos)
        return {};
    const std::size_t comma = of.operands.find(',', at);
    if (comma == std::string::npos)
        throw std::runtime_error("not a wait for a group: " + of.opcode + " " + of.operands);
    return GroupWait{std::atoi(of.operands.c_str() + at + 2), static_cast<int>(std::strtol(of.operands.c_str() + comma + 1, nullptr, 16))};
}

class Warp {
public:
    Warp(double load_cycles, const std::function<double(const Instruction &)> &memory_bytes)
        : load_cycles_(load_cycles), memory_bytes_(memory_bytes) {}

    void issue(const Instruction &here) {
        wait_if([&](const Pending &of) { return of.scoreboard && (here.waits_for >> *of.scoreboard & 1u) != 0; });
        if (const auto wait = group_wait(here))
            wait_for_groups(*wait);
        if (here.is("LDGDEPBAR")) {
            if (!here.result_scoreboard)
                throw std::runtime_error("an LDGDEPBAR without a scoreboard at " + std::to_string(here.address));
            // The group of no copy counts as one, too.
            copies_.scoreboard = here.result_scoreboard;
            pending_.push_back(copies_);
            copies_ = {{}, 0, {}};
        } else if (here.kind == InstructionClass::AsyncCopy) {
            copies_.ready = now_ + load_cycles_;
            copies_.bytes.others += memory_bytes_(here);
        } else if (here.kind == InstructionClass::GlobalLoad && here.result_scoreboard) {
            LoadsInFlight bytes;
            (here.is_streamed() ? bytes.streamed : bytes.others) = memory_bytes_(here);
            pending_.push_back({here.result_scoreboard, now_ + load_cycles_, bytes});
        } else if (here.result_scoreboard) {
            pending_.push_back({here.result_scoreboard, now_ + ShortCycles, {}});
        }
        now_ += std::max(1, here.stall);
        LoadsInFlight under_way = copies_.bytes;
        for (const Pending &of : pending_) {
            under_way.streamed += of.bytes.streamed;
            under_way.others += of.bytes.others;
        }
        most_.streamed = std::max(most_.streamed, under_way.streamed);
        most_.others = std::max(most_.others, under_way.others);
    }

    [[nodiscard]] double now() const { return now_; }
    [[nodiscard]] const LoadsInFlight &most() const { return most_; }

private:
    double load_cycles_;
    const std::function<double(const Instruction &)> &memory_bytes_;
    double now_ = 0;
    std::list<Pending> pending_;
    // Of the group that is not closed yet.
    Pending copies_{{}, 0, {}};
    LoadsInFlight most_;

    template <class Waited>
    void wait_if(Waited waited) {
        pending_.remove_if([&](const Pending &of) {
            const bool is_over = waited(of);
            if (is_over)
                now_ = std::max(now_, of.ready);
            return is_over;
        });
    }

    void wait_for_groups(const GroupWait &wait) {
        int newer = 0;
        for (auto of = pending_.rbegin(); of != pending_.rend(); ++of)
            newer += of->scoreboard == wait.scoreboard ? 1 : 0;
        int older = newer - wait.newest;
        wait_if([&](const Pending &of) { return of.scoreboard == wait.scoreboard && older-- > 0; });
    }
};

} // namespace

WarpTimeline go_round(const Path &iteration, double load_cycles, const std::function<double(const Instruction &)> &memory_bytes) {
    // Loads are asked for some iterations ahead at most: after as many rounds all are alike.
    constexpr int First = 8;
    constexpr int Counted = 24;
    Warp warp(load_cycles, memory_bytes);
    double begin = 0;
    for (int round = 0; round < First + Counted; round++) {
        if (round == First)
            begin = warp.now();
        for (const Instruction &here : iteration)
            warp.issue(here);
    }
    return {(warp.now() - begin) / Counted, warp.most()};
}

} // namespace unimed::issue_model
