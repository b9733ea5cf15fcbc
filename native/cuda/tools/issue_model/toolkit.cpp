#include "tools/issue_model/toolkit.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace unimed::issue_model {
namespace {

std::string quoted(const std::string &text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

} // namespace

Toolkit::Toolkit(std::string cuobjdump, std::string fatbin) : cuobjdump_(std::move(cuobjdump)), fatbin_(std::move(fatbin)) {}

std::string Toolkit::shown(const std::string &options) const {
    // cuobjdump calls nvdisasm, which lies beside it.
    const std::string command =
        "PATH=$(dirname " + quoted(cuobjdump_) + "):$PATH " + quoted(cuobjdump_) + " " + options + " " + quoted(fatbin_) + " 2>&1";
    std::FILE *pipe = popen(command.c_str(), "r");
    if (pipe == nullptr)
        throw std::runtime_error("cannot start " + cuobjdump_);
    std::string text;
    std::array<char, 65536> part;
    while (const std::size_t read = std::fread(part.data(), 1, part.size(), pipe))
        text.append(part.data(), read);
    if (const int status = pclose(pipe); status != 0)
        throw std::runtime_error(cuobjdump_ + " " + options + " " + fatbin_ + " failed: " + text.substr(0, 500));
    return text;
}

std::vector<KernelNeeds> Toolkit::needs(const std::string &architecture) const {
    std::istringstream sass(shown("-sass -arch " + architecture));
    std::istringstream usage(shown("-res-usage -arch " + architecture));
    std::istringstream ptx(shown("-ptx"));
    auto resources = read_resources(usage, architecture);
    const auto threads = read_threads(ptx);
    std::vector<KernelNeeds> all;
    for (const KernelCode &code : read_listing(sass)) {
        if (code.architecture != architecture)
            continue;
        if (!resources.contains(code.name) || !threads.contains(code.name))
            throw std::runtime_error(fatbin_ + ": " + code.name +
                                     " has no line of registers (cuobjdump -res-usage) or of threads (.maxntid of its PTX)");
        BlockResources block = resources[code.name];
        block.threads = threads.at(code.name);
        try {
            all.push_back(needs_of(code, block));
        } catch (const std::runtime_error &error) {
            throw std::runtime_error(code.name + " for " + architecture + ": " + error.what());
        }
    }
    if (all.empty())
        throw std::runtime_error(fatbin_ + " has no kernel for " + architecture + "; build it with native/cuda/tools/compile-kernels");
    std::ranges::sort(all, {}, &KernelNeeds::name);
    return all;
}

} // namespace unimed::issue_model
