#include "host/kernel.h"

#include <cstdio>
#include <cstdlib>
#include <map>

namespace unimed::host {
namespace {

std::map<std::string, Kernel> &kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}

} // namespace

void register_kernel(Kernel kernel) {
    const std::string name = kernel.name;
    if (!kernels().emplace(name, std::move(kernel)).second) {
        // Before main there is nobody to catch.
        std::fprintf(stderr, "unimed: two kernels are named %s\n", name.c_str());
        std::abort();
    }
}

const Kernel *find_kernel(const std::string &name) {
    const auto found = kernels().find(name);
    return found == kernels().end() ? nullptr : &found->second;
}

std::size_t kernel_count() {
    return kernels().size();
}

const Kernel &kernel_at(std::size_t index) {
    return std::next(kernels().begin(), static_cast<std::ptrdiff_t>(index))->second;
}

} // namespace unimed::host
