#include "host/unimed_host.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>

#include "host/host_kernel_error.h"
#include "host/launcher.h"
#include "host/memory.h"

namespace unimed::host {
namespace {

std::mutex one_call;
bool counting = false;
bool reversed = false;
bool checking_races = false;
unimed_counters last_counters{};
unimed_counters total_counters{};

std::string &last_error() {
    thread_local std::string text;
    return text;
}

// Runs one call under the lock; whatever it throws becomes a status.
template <class Call>
int guarded(Call call) {
    try {
        last_error().clear();
        const std::lock_guard lock(one_call);
        call();
        return static_cast<int>(Status::Success);
    } catch (const HostKernelError &error) {
        last_error() = error.what();
        return static_cast<int>(error.status());
    } catch (const std::bad_alloc &) {
        last_error() = "out of memory";
        return static_cast<int>(Status::OutOfMemory);
    } catch (const std::exception &error) {
        last_error() = error.what();
        return static_cast<int>(Status::LaunchFailed);
    }
}

void need_device_memory(const void *address, std::uint64_t bytes, const char *role) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (bytes != 0 && Memory::instance().find(at, bytes) == nullptr)
        throw HostKernelError(Status::InvalidValue, std::string(role) + " is not device memory: " + Memory::instance().describe(at, bytes));
}

void need(bool condition, const char *what) {
    if (!condition)
        throw HostKernelError(Status::InvalidValue, what);
}

void copy(void *destination, const void *source, std::uint64_t bytes) {
    need(bytes == 0 || (destination != nullptr && source != nullptr), "a copy from or to nowhere");
    Memory::instance().fence();
    if (bytes != 0)
        std::memmove(destination, source, bytes);
}

int start(bool dependent, const void *kernel, Dimensions grid, Dimensions block, std::uint32_t shared_bytes, std::uint32_t asked_bytes,
          void **arguments) {
    return guarded([&] {
        need(kernel != nullptr && arguments != nullptr, "no kernel, or no arguments");
        need(block.y == 1 && block.z == 1, "blocks have one dimension: block_y and block_z are 1");
        last_counters = {};
        Launch launch;
        launch.kernel = static_cast<const Kernel *>(kernel);
        launch.grid = grid;
        launch.threads = block.x;
        launch.dynamic_shared_bytes = shared_bytes;
        launch.asked_shared_bytes = asked_bytes;
        launch.arguments = arguments;
        launch.dependent = dependent;
        launch.fences = Memory::instance().fences();
        launch.counting = counting;
        launch.number = counting ? Memory::instance().begin_counted_launch() : 0;
        launch.checking_races = checking_races;
        launch.reversed = reversed;
        last_counters = Launcher::instance().run(launch);
        add(total_counters, last_counters);
    });
}

} // namespace
} // namespace unimed::host

using namespace unimed::host;

extern "C" {

const char *unimed_host_error() {
    return last_error().c_str();
}

int unimed_host_allocate(std::uint64_t bytes, void **address) {
    return guarded([&] {
        need(address != nullptr, "no place for the address");
        *address = Memory::instance().allocate(bytes);
        if (*address == nullptr)
            throw HostKernelError(Status::OutOfMemory, "no " + std::to_string(bytes) + " bytes of memory are to be had");
    });
}

int unimed_host_free(void *address) {
    return guarded([&] {
        if (address != nullptr && !Memory::instance().free(address))
            throw HostKernelError(Status::InvalidValue, "no allocation begins there: " +
                                                            Memory::instance().describe(reinterpret_cast<std::uintptr_t>(address), 0));
    });
}

int unimed_host_copy_to_device(void *destination, const void *source, std::uint64_t bytes) {
    return guarded([&] {
        need_device_memory(destination, bytes, "the destination");
        copy(destination, source, bytes);
    });
}

int unimed_host_copy_to_host(void *destination, const void *source, std::uint64_t bytes) {
    return guarded([&] {
        need_device_memory(source, bytes, "the source");
        copy(destination, source, bytes);
    });
}

int unimed_host_copy_on_device(void *destination, const void *source, std::uint64_t bytes) {
    return guarded([&] {
        need_device_memory(destination, bytes, "the destination");
        need_device_memory(source, bytes, "the source");
        copy(destination, source, bytes);
    });
}

int unimed_host_fill(void *destination, std::uint8_t value, std::uint64_t bytes) {
    return guarded([&] {
        need_device_memory(destination, bytes, "the destination");
        Memory::instance().fence();
        if (bytes != 0)
            std::memset(destination, value, bytes);
    });
}

std::uint64_t unimed_host_bytes_in_use() {
    const std::lock_guard lock(one_call);
    return Memory::instance().bytes_in_use();
}

int unimed_host_find_kernel(const char *name, const void **kernel) {
    return guarded([&] {
        need(name != nullptr && kernel != nullptr, "no name, or no place for the kernel");
        *kernel = find_kernel(name);
        if (*kernel == nullptr)
            throw HostKernelError(Status::NotFound, std::string("there is no kernel named ") + name);
    });
}

std::uint64_t unimed_host_kernel_count() {
    return kernel_count();
}

const char *unimed_host_kernel_name(std::uint64_t index) {
    return index < kernel_count() ? kernel_at(index).name.c_str() : nullptr;
}

const std::uint16_t *unimed_host_kernel_parameters(const void *kernel) {
    return kernel == nullptr ? nullptr : static_cast<const Kernel *>(kernel)->parameters;
}

int unimed_host_launch(const void *kernel, std::uint32_t grid_x, std::uint32_t grid_y, std::uint32_t grid_z, std::uint32_t block_x,
                       std::uint32_t block_y, std::uint32_t block_z, std::uint32_t shared_bytes, std::uint32_t asked_bytes,
                       void **arguments) {
    return start(false, kernel, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, asked_bytes, arguments);
}

int unimed_host_launch_dependent(const void *kernel, std::uint32_t grid_x, std::uint32_t grid_y, std::uint32_t grid_z,
                                 std::uint32_t block_x, std::uint32_t block_y, std::uint32_t block_z, std::uint32_t shared_bytes,
                                 std::uint32_t asked_bytes, void **arguments) {
    return start(true, kernel, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, asked_bytes, arguments);
}

int unimed_host_set_threads(std::uint32_t threads) {
    return guarded([&] { Launcher::instance().set_threads(threads); });
}

int unimed_host_set_counting(std::int32_t on) {
    return guarded([&] {
        counting = on != 0;
        if (counting)
            total_counters = {};
    });
}

int unimed_host_set_reversed(std::int32_t on) {
    return guarded([&] { reversed = on != 0; });
}

int unimed_host_set_race_check(std::int32_t on) {
    return guarded([&] { checking_races = on != 0; });
}

int unimed_host_counters(unimed_counters *counters) {
    return guarded([&] {
        need(counters != nullptr, "no place for the counters");
        *counters = last_counters;
    });
}

int unimed_host_total_counters(unimed_counters *counters) {
    return guarded([&] {
        need(counters != nullptr, "no place for the counters");
        *counters = total_counters;
    });
}

int unimed_host_watch(const void *address) {
    return guarded([&] { need(Memory::instance().watch(address), "no allocation begins there"); });
}

int unimed_host_traffic(const void *address, unimed_traffic *traffic) {
    return guarded([&] {
        const Allocation *allocation = Memory::instance().find(reinterpret_cast<std::uintptr_t>(address), 0);
        need(traffic != nullptr && allocation != nullptr && allocation->watch != nullptr, "the allocation is not watched");
        const Allocation::Watch &watch = *allocation->watch;
        std::uint32_t least = watch.reads.empty() ? 0 : UINT32_MAX;
        std::uint32_t most = 0;
        for (const auto &reads : watch.reads) {
            least = std::min<std::uint32_t>(least, reads);
            most = std::max<std::uint32_t>(most, reads);
        }
        *traffic = {watch.bytes, watch.requests, watch.sectors, least, most};
    });
}
}
