#include "tools/issue_model/report.h"

#include <array>
#include <cstdio>
#include <map>
#include <string>

namespace unimed::issue_model {

void print_table(const std::vector<KernelNeeds> &kernels, const Card &card) {
    std::printf("\n%s for the %s: %.3f TB/s, %d SMs, %.2f GHz; memory brings %.1f bytes an SM and cycle\n",
                std::string(card.architecture).c_str(), std::string(card.name).c_str(), card.bytes_per_second / 1e12, card.multiprocessors,
                card.clock_hertz / 1e9, card.bytes_per_cycle());
    std::printf("%-24s %5s %6s %4s %6s %8s %5s %8s %5s %9s %6s %6s %7s %6s\n", "kernel", "slots", "cycles", "HMMA", "HMMA", "B a lane",
                "other", "slots", "warps", "in flight", "covers", "IPC", "IPC", "tensor");
    std::printf("%-24s %5s %6s %4s %6s %8s %5s %8s %5s %9s %6s %6s %7s %6s\n", "", "", "", "", "%", "once", "", "a 16 B", "an SM",
                "KiB an SM", "ns", "needed", "reached", "%");
    for (const KernelNeeds &kernel : kernels) {
        if (!kernel.loop) {
            std::printf("%-24s no loop; %d slots in all\n", kernel.name.c_str(), kernel.other_slots);
            continue;
        }
        const LoopNeeds &loop = *kernel.loop;
        const CardNeeds on = needs_on(kernel, card);
        std::printf("%-24s %5d %6d %4d %6.1f %8.0f %5d", kernel.name.c_str(), loop.slots(), loop.cycles, loop.products(),
                    100 * loop.product_share(), loop.streamed_bytes, loop.other_bytes);
        if (const auto slots = loop.slots_for_16_bytes())
            std::printf(" %8.1f %5d %9.1f %6.0f %6.2f", *slots, on.resident.warps, on.bytes_in_flight / 1024.0, 1e9 * on.covered_seconds,
                        on.instructions_per_cycle);
        else
            std::printf(" %8s %5d %9s %6s %6s", "-", on.resident.warps, "-", "-", "-");
        std::printf(" %7.2f", on.reachable);
        if (loop.products() > 0)
            std::printf(" %6.0f", 100 * on.tensor_share);
        std::printf("%s\n", loop.unexplained_bytes ? "  NOT EXPLAINED: see --kernel" : "");
    }
    std::printf("of a warp and an iteration: slots, cycles at least, products and their share; of a lane: bytes read past L1, and others;\n"
                "slots for 16 bytes read once (of all bytes where none are); then of an SM, see tools/issue_model/issue_model.cpp\n");
}

void print_markdown(const std::vector<KernelNeeds> &kernels) {
    // Kernel -> column -> the numbers of its architectures, in order.
    std::map<std::string, std::array<std::string, 7>> rows;
    const auto add = [](std::string &cell, double value, int digits) {
        char text[32];
        std::snprintf(text, sizeof text, "%.*f", digits, value);
        cell += (cell.empty() ? "" : ", ") + std::string(text);
    };
    for (const KernelNeeds &kernel : kernels) {
        if (!kernel.loop || kernel.loop->products() == 0)
            continue;
        const LoopNeeds &loop = *kernel.loop;
        const CardNeeds on = needs_on(kernel, hardest_card(kernel.architecture));
        auto &row = rows[kernel.name];
        add(row[0], loop.slots(), 0);
        add(row[1], 100 * loop.product_share(), 1);
        add(row[2], loop.slots_for_16_bytes().value_or(0), 1);
        add(row[3], on.bytes_in_flight / 1024, 0);
        add(row[4], 1e9 * on.covered_seconds, 0);
        add(row[5], on.instructions_per_cycle, 2);
        add(row[6], 100 * on.tensor_share, 0);
    }
    std::printf("| kernel | slots | HMMA %% | slots, 16 bytes | KiB in flight | covers, ns | IPC needed | tensor cores, %% "
                "|\n|---|---|---|---|---|---|---|---|\n");
    for (const auto &[kernel, row] : rows) {
        std::string name = kernel;
        const std::size_t at = name.find("bf16");
        if (at != std::string::npos) {
            const auto twin = rows.find(name.substr(0, at) + name.substr(at + 1));
            if (twin != rows.end() && twin->second == row)
                name = name.substr(0, at) + "{f16,bf16}" + name.substr(at + 4);
        } else if (const std::size_t half = name.find("f16"); half != std::string::npos) {
            const auto twin = rows.find(name.substr(0, half) + "b" + name.substr(half));
            if (twin != rows.end() && twin->second == row)
                continue;
        }
        std::printf("| `%s` |", name.c_str());
        for (const std::string &cell : row)
            std::printf(" %s |", cell.c_str());
        std::printf("\n");
    }
}

void print_kernel(const KernelNeeds &kernel) {
    std::printf("\n%s, %s: %d registers, %d threads, %d bytes of shared memory; %d slots outside the main loop\n", kernel.name.c_str(),
                kernel.architecture.c_str(), kernel.block.registers, kernel.block.threads, kernel.block.shared_bytes, kernel.other_slots);
    if (!kernel.loop) {
        std::printf("  no loop\n");
        return;
    }
    const LoopNeeds &loop = *kernel.loop;
    std::printf("  main loop at 0x%x, an iteration of a warp: %d issue slots, %d cycles at least; HMMA %.1f %% of slots\n",
                static_cast<unsigned>(loop.path.front().address), loop.slots(), loop.cycles, 100 * loop.product_share());
    std::printf("   ");
    for (int of = 0; of < InstructionClasses; of++)
        if (const int slots = loop.slots_of[static_cast<std::size_t>(of)]; slots > 0) {
            const std::string_view name = name_of(static_cast<InstructionClass>(of));
            std::printf(" %.*s %d,", static_cast<int>(name.size()), name.data(), slots);
        }
    std::printf(" of them for the ALU %d\n    from global memory: %.0f bytes a lane read once (NA), %d others; a block %.0f and %d; shared "
                "memory %d bytes a lane\n",
                loop.alu, loop.streamed_bytes, loop.other_bytes, loop.streamed_bytes * kernel.block.threads,
                loop.other_bytes * kernel.block.threads, loop.shared_bytes);
    if (const auto slots = loop.slots_for_16_bytes())
        std::printf("    slots for 16 bytes %s: %.1f\n", loop.streamed_bytes > 0 ? "read once" : "read", *slots);
    std::printf("    in flight: %.0f bytes a lane read once, %.0f others\n", loop.in_flight.streamed, loop.in_flight.others);
    if (loop.unexplained_bytes)
        std::printf("    NOT EXPLAINED: its products multiply %.0f bytes of weights, its loads past L1 bring %.0f; see weight_bytes.h\n",
                    loop.unexplained_bytes->first, loop.unexplained_bytes->second);
    for (const Card &card : cards()) {
        if (card.architecture != kernel.architecture)
            continue;
        const CardNeeds on = needs_on(kernel, card);
        std::printf("    %.*s: %d blocks, %d warps an SM (%s); %.1f KiB in flight cover %.0f ns; IPC needed %.2f, reached at most %.2f of "
                    "%d; tensor cores at %.0f %% at most\n",
                    static_cast<int>(card.name.size()), card.name.data(), on.resident.blocks, on.resident.warps, on.resident.limit.c_str(),
                    on.bytes_in_flight / 1024.0, 1e9 * on.covered_seconds, on.instructions_per_cycle, on.reachable, Schedulers,
                    100 * on.tensor_share);
    }
}

void print_path(const LoopNeeds &loop) {
    for (const Instruction &here : loop.path) {
        const std::string_view kind = name_of(here.kind);
        std::string scoreboards;
        for (int i = 0; i < 6; i++)
            if ((here.waits_for >> i & 1u) != 0)
                scoreboards += " waits " + std::to_string(i);
        if (here.result_scoreboard)
            scoreboards += " sets " + std::to_string(*here.result_scoreboard);
        std::printf("    %04x  %-10.*s stall %2d  %s%s%s %s%s%s\n", static_cast<unsigned>(here.address), static_cast<int>(kind.size()),
                    kind.data(), here.stall, here.guard.c_str(), here.guard.empty() ? "" : " ", here.opcode.c_str(), here.operands.c_str(),
                    scoreboards.empty() ? "" : "  //", scoreboards.c_str());
    }
}

} // namespace unimed::issue_model
