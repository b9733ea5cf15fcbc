// issue-model: what the main loops of the kernels need, out of their SASS, and what that asks of a card. Nothing is run.
//
// usage: issue-model CUOBJDUMP FATBIN [--arch ARCHITECTURE]... [--kernel NAME [--path]]... [--decode FORMAT]...
//                                       [--markdown | --bounds | --check BUDGETS]
//   without more words   a table of all kernels, for sm_80, sm_89 and sm_90
//   --arch sm_90         for these architectures only
//   --kernel NAME        all about these kernels; --path prints the instructions that were counted
//   --decode int4        what bounds a token of uni-med-7b, launch by launch (decode_step.h)
//   --markdown           prints the table of docs/kernels.md
//   --bounds             prints the lines "KERNEL loop" of budgets.json for the kernels as they are
//   --check BUDGETS      compares the kernels with those lines; exit code 1 where one does not hold
//
// What it assumes
// - The main loop is the one whose iteration has most products of tensor cores; without products, the one that moves most bytes of global
//   memory; of equal ones the innermost. An inner loop counts as one round.
// - An iteration is the path that a full tile takes (PathWork in path.h): most products, then most bytes, then the fewest and so the widest
//   accesses, the fewest branches, the fewest instructions. Branches are not understood: a path that no input takes could be chosen.
//   --path shows which was.
// - An instruction takes an issue slot whether its guard is true or not; a guarded load counts its bytes. A called function (the slow
//   way of a division) counts its call.
// - Loads past L1 (.NA) are read once, from memory: weights, keys and values of a decode step. All others come again from L1 or L2. What
//   the text does not say, which lanes read the same bytes, weight_bytes.h knows of the scales of int8 and int4.
// - An SM issues four instructions a cycle, of those for the ALU two. Cycles of an iteration are the least that the encoded stall counts
//   allow.
// - "covers": each warp goes round alone (warp_timeline.h); all loads of global memory take equally long, those that L2 answers too; what
//   else sets a scoreboard takes 30 cycles.
// - As many warps are on an SM as registers, shared memory of fixed size and threads allow; the launch is large enough for that.
//
// What it can not see: time. Not how long memory takes, caches, bank conflicts, the rates of units below one instruction a cycle and
// scheduler (special functions, conversions, LDS, HMMA itself), instruction fetch, shared memory that a launch adds, the start and end of
// blocks, how well loads of several warps spread over memory. Bounds are therefore best cases: a kernel can be slower than it says, not
// faster.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/issue_model/decode_step.h"
#include "tools/issue_model/loop_bounds.h"
#include "tools/issue_model/report.h"
#include "tools/issue_model/toolkit.h"

namespace unimed::issue_model {
namespace {

struct CommandLine {
    std::string cuobjdump;
    std::string fatbin;
    std::vector<std::string> architectures;
    std::vector<std::string> kernels;
    std::vector<std::string> formats;
    std::string budgets;
    bool path = false;
    bool bounds = false;
    bool markdown = false;
};

CommandLine read_words(const std::vector<std::string> &words) {
    CommandLine line;
    if (words.size() < 2 || words[0].starts_with("--") || words[1].starts_with("--"))
        throw std::runtime_error(
            "usage: issue-model CUOBJDUMP FATBIN [--arch ARCHITECTURE]... [--kernel NAME [--path]]... [--decode FORMAT]... "
            "[--markdown | --bounds | --check BUDGETS]");
    line.cuobjdump = words[0];
    line.fatbin = words[1];
    for (std::size_t i = 2; i < words.size(); i++) {
        const auto value = [&] {
            if (i + 1 == words.size())
                throw std::runtime_error(words[i] + " needs a value");
            return words[++i];
        };
        if (words[i] == "--arch")
            line.architectures.push_back(value());
        else if (words[i] == "--kernel")
            line.kernels.push_back(value());
        else if (words[i] == "--decode")
            line.formats.push_back(value());
        else if (words[i] == "--check")
            line.budgets = value();
        else if (words[i] == "--path")
            line.path = true;
        else if (words[i] == "--bounds")
            line.bounds = true;
        else if (words[i] == "--markdown")
            line.markdown = true;
        else
            throw std::runtime_error("no option is " + words[i] +
                                     "; there are --arch, --kernel, --path, --decode, --markdown, --bounds and --check");
    }
    if (line.architectures.empty())
        line.architectures = {"sm_80", "sm_89", "sm_90"};
    return line;
}

void print_bounds(const std::vector<KernelNeeds> &kernels) {
    LoopBounds bounds;
    for (const KernelNeeds &kernel : kernels)
        if (kernel.loop && kernel.loop->products() > 0)
            bounds[kernel.name][kernel.architecture] = bound_of(kernel);
    for (const auto &[kernel, of_architectures] : bounds)
        std::printf("  %s,\n", line_of(kernel, of_architectures).c_str());
}

int check(const std::vector<KernelNeeds> &kernels, const std::string &budgets) {
    std::ifstream file(budgets);
    const std::vector<std::string> broken = broken_bounds(kernels, read_bounds(file, budgets));
    for (const std::string &sentence : broken)
        std::fprintf(stderr, "issue-model: %s\n", sentence.c_str());
    return broken.empty() ? 0 : 1;
}

int run(const CommandLine &line) {
    const Toolkit toolkit(line.cuobjdump, line.fatbin);
    std::vector<KernelNeeds> all;
    for (const std::string &architecture : line.architectures) {
        const std::vector<KernelNeeds> kernels = toolkit.needs(architecture);
        all.insert(all.end(), kernels.begin(), kernels.end());
        for (const std::string &name : line.kernels) {
            const auto found = std::ranges::find(kernels, name, &KernelNeeds::name);
            if (found == kernels.end())
                throw std::runtime_error(line.fatbin + " has no kernel " + name + " for " + architecture);
            print_kernel(*found);
            if (line.path && found->loop)
                print_path(*found->loop);
        }
        for (const std::string &format : line.formats)
            for (const Card &card : cards())
                if (card.architecture == architecture)
                    print_decode_step(format, kernels, card);
        if (line.kernels.empty() && line.formats.empty() && !line.bounds && !line.markdown)
            print_table(kernels, hardest_card(architecture));
    }
    if (line.markdown)
        print_markdown(all);
    if (line.bounds)
        print_bounds(all);
    return line.budgets.empty() ? 0 : check(all, line.budgets);
}

} // namespace
} // namespace unimed::issue_model

int main(int count, char **words) {
    try {
        return unimed::issue_model::run(unimed::issue_model::read_words({words + 1, words + count}));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "issue-model: %s\n", error.what());
        return 1;
    }
}
