#include "tools/issue_model/loop_bounds.h"

#include <cmath>
#include <cstdio>
#include <set>
#include <stdexcept>

#include "tools/issue_model/pattern.h"
#include "tools/issue_model/weight_bytes.h"

namespace unimed::issue_model {
namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

bool has_products(const KernelNeeds &kernel) {
    return kernel.loop && kernel.loop->products() > 0;
}

} // namespace

LoopBound bound_of(const KernelNeeds &kernel) {
    const LoopNeeds &loop = kernel.loop.value();
    LoopBound bound;
    if (!serves_few_tokens(kernel.name)) {
        bound.hmma = std::floor(1000 * loop.product_share()) / 10;
    } else if (const auto slots = loop.slots_for_16_bytes()) {
        bound.slots = std::ceil(*slots);
        bound.ipc = std::ceil(10 * needs_on(kernel, hardest_card(kernel.architecture)).instructions_per_cycle) / 10;
    }
    return bound;
}

LoopBounds read_bounds(std::istream &json, const std::string &name) {
    static const Pattern loop_line(R"re(^  "([a-z0-9_]+) loop": \{("sm_[0-9]+": \{[^{}]*\}(, "sm_[0-9]+": \{[^{}]*\})*)\},?$)re");
    static const Pattern architecture(R"re("(sm_[0-9]+)": \{([^{}]*)\})re");
    static const Pattern values(R"re(^"(slots|hmma|ipc)": [0-9]+(\.[0-9]+)?(, "(slots|hmma|ipc)": [0-9]+(\.[0-9]+)?)*$)re");
    static const Pattern value(R"re("(slots|hmma|ipc)": ([0-9.]+))re");
    if (!json)
        throw std::runtime_error(name + " cannot be read");
    LoopBounds all;
    int lines = 0;
    for (std::string line; std::getline(json, line);) {
        lines++;
        const std::string where = name + ":" + std::to_string(lines) + ": ";
        if (line.find(" loop\"") == std::string::npos)
            continue;
        const Pattern::Parts part = loop_line.match(line);
        if (part.empty())
            throw std::runtime_error(where + "not a line of a loop's bounds: " + line);
        const std::string &kernel = part[1];
        if (all.contains(kernel))
            throw std::runtime_error(where + kernel + " has bounds already");
        for (const Pattern::Parts &at : architecture.search_all(part[2])) {
            const std::string &list = at[2];
            if (values.match(list).empty())
                throw std::runtime_error(where + "bounds are \"slots\", \"hmma\" and \"ipc\", each with a number: " + list);
            LoopBound &bound = all[kernel][at[1]];
            for (const Pattern::Parts &one : value.search_all(list))
                (one[1] == "slots" ? bound.slots : one[1] == "hmma" ? bound.hmma : bound.ipc) = std::stod(one[2]);
        }
    }
    return all;
}

std::string line_of(const std::string &kernel, const std::map<std::string, LoopBound> &bounds) {
    std::string line = "\"" + kernel + " loop\": {";
    const char *between = "";
    for (const auto &[architecture, bound] : bounds) {
        line += std::string(between) + "\"" + architecture + "\": {";
        const char *comma = "";
        for (const auto &[name, value] : {std::pair{"slots", bound.slots}, {"hmma", bound.hmma}, {"ipc", bound.ipc}}) {
            if (!value)
                continue;
            line += std::string(comma) + "\"" + name + "\": " + number(*value);
            comma = ", ";
        }
        line += "}";
        between = ", ";
    }
    return line + "}";
}

std::vector<std::string> broken_bounds(const std::vector<KernelNeeds> &kernels, const LoopBounds &bounds) {
    std::vector<std::string> broken;
    std::set<std::string> architectures;
    std::set<std::pair<std::string, std::string>> there;
    for (const KernelNeeds &kernel : kernels) {
        const std::string of = kernel.name + " on " + kernel.architecture;
        architectures.insert(kernel.architecture);
        there.insert({kernel.name, kernel.architecture});
        const auto named = bounds.find(kernel.name);
        if (!has_products(kernel)) {
            if (named != bounds.end())
                broken.push_back(of + " has bounds of a loop, and no loop with products");
            continue;
        }
        const auto bound =
            named == bounds.end() ? std::map<std::string, LoopBound>::const_iterator{} : named->second.find(kernel.architecture);
        if (named == bounds.end() || bound == named->second.end()) {
            broken.push_back(of + " has no bounds of its loop; issue-model CUOBJDUMP FATBIN --bounds prints the line");
            continue;
        }
        const LoopNeeds &loop = *kernel.loop;
        if (loop.unexplained_bytes)
            broken.push_back(of + ": its products multiply " + number(loop.unexplained_bytes->first) +
                             " bytes of weights, its loads past L1 bring " + number(loop.unexplained_bytes->second) +
                             "; memory_bytes in tools/issue_model/weight_bytes.cpp does not know how it reads them");
        const auto [slots, hmma, ipc] = bound->second;
        const auto too_much = [&](const char *what, const std::optional<double> &most, std::optional<double> found) {
            if (most && !found)
                broken.push_back(of + ": a bound for " + what + " is " + number(*most) + ", and its loop reads nothing once");
            else if (most && *found > *most)
                broken.push_back(of + ": " + what + " are " + number(*found) + "; its bound is at most " + number(*most));
        };
        if (hmma && 100 * loop.product_share() < *hmma)
            broken.push_back(of + ": products are " + number(100 * loop.product_share()) + " % of issue slots; the bound is at least " +
                             number(*hmma) + " %");
        const bool reads_once = loop.streamed_bytes > 0;
        too_much("issue slots for 16 bytes of weights", slots, reads_once ? loop.slots_for_16_bytes() : std::nullopt);
        too_much("instructions a cycle that an SM needs", ipc,
                 reads_once ? std::optional(needs_on(kernel, hardest_card(kernel.architecture)).instructions_per_cycle) : std::nullopt);
    }
    for (const auto &[kernel, of_architectures] : bounds)
        for (const auto &[architecture, bound] : of_architectures)
            if (architectures.contains(architecture) && !there.contains({kernel, architecture}))
                broken.push_back("there is no kernel " + kernel + " for " + architecture + "; take its bounds out");
    return broken;
}

} // namespace unimed::issue_model
