#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "primitives/parameters.h"

namespace unimed::host {

/// A kernel of this library: its name, the most threads of a block, its parameters (primitives/parameters.h), and the call of its body with
/// the launch's packed arguments.
struct Kernel {
    std::string name;
    std::uint32_t most_threads = 0;
    const std::uint16_t *parameters = nullptr;
    std::function<void(void **)> body;
};

/// Adds a kernel to the list; called before main by UNIMED_KERNEL. The name must be new.
void register_kernel(Kernel kernel);

/// The kernel of that name, or null.
[[nodiscard]] const Kernel *find_kernel(const std::string &name);

/// Number of kernels and the one at an index, in order of their names.
[[nodiscard]] std::size_t kernel_count();
[[nodiscard]] const Kernel &kernel_at(std::size_t index);

struct KernelRegistration {
    template <class... Parameters>
    KernelRegistration(const char *name, std::uint32_t most_threads, void (*function)(Parameters...)) {
        static_assert((std::is_trivially_copyable_v<Parameters> && ...), "the driver copies kernel parameters bytewise");
        register_kernel({name, most_threads, ParameterList<void(Parameters...)>::codes.code,
                         [function](void **arguments) { call(function, arguments, std::index_sequence_for<Parameters...>{}); }});
    }

private:
    template <class... Parameters, std::size_t... Index>
    static void call(void (*function)(Parameters...), [[maybe_unused]] void **arguments, std::index_sequence<Index...>) {
        function(*static_cast<const Parameters *>(arguments[Index])...);
    }
};

} // namespace unimed::host

#define UNIMED_HOST_KERNEL(name, threads, ...)                                                                                             \
    extern "C" void name __VA_ARGS__;                                                                                                      \
    static const ::unimed::host::KernelRegistration name##_registration(#name, threads, name);                                             \
    extern "C" void name __VA_ARGS__
