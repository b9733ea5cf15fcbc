#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/status.h"
#include "host/unimed_host.h"
#include "primitives/global.h"

namespace unimed {

inline void require(int status) {
    if (status != 0)
        throw std::runtime_error(unimed_host_error());
}

/// Elements in emulated device memory, with a guard of known contents on both sides that must be untouched in the end.
template <class T>
class DeviceArray {
public:
    explicit DeviceArray(std::size_t count) : count_(count) {
        require(unimed_host_allocate(bytes() + 2 * Guard, &memory_));
        const std::vector<std::uint8_t> guard(Guard, Mark);
        require(unimed_host_copy_to_device(memory_, guard.data(), Guard));
        require(unimed_host_copy_to_device(static_cast<char *>(memory_) + Guard + bytes(), guard.data(), Guard));
    }

    explicit DeviceArray(const std::vector<T> &values) : DeviceArray(values.size()) {
        require(unimed_host_copy_to_device(data(), values.data(), bytes()));
    }

    DeviceArray(const DeviceArray &) = delete;
    DeviceArray &operator=(const DeviceArray &) = delete;

    ~DeviceArray() {
        std::vector<std::uint8_t> guard(2 * Guard);
        EXPECT_EQ(unimed_host_copy_to_host(guard.data(), memory_, Guard), 0);
        EXPECT_EQ(unimed_host_copy_to_host(guard.data() + Guard, static_cast<char *>(memory_) + Guard + bytes(), Guard), 0);
        EXPECT_EQ(guard, std::vector<std::uint8_t>(2 * Guard, Mark)) << "written outside of the array";
        EXPECT_EQ(unimed_host_free(memory_), 0);
    }

    [[nodiscard]] std::vector<T> download() const {
        std::vector<T> values(count_);
        require(unimed_host_copy_to_host(values.data(), data(), bytes()));
        return values;
    }

    [[nodiscard]] T *data() const { return reinterpret_cast<T *>(static_cast<char *>(memory_) + Guard); }
    [[nodiscard]] Global<T> global() const { return {data()}; }
    [[nodiscard]] Global<const T> constant() const { return {data()}; }

private:
    static constexpr std::size_t Guard = 256;
    static constexpr std::uint8_t Mark = 0xA5;

    std::size_t count_;
    void *memory_ = nullptr;

    [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(T); }
};

/// Memory without guards, of exactly these bytes, for tests of the bounds and of traffic.
class RawMemory {
public:
    explicit RawMemory(std::size_t bytes) { require(unimed_host_allocate(bytes, &memory_)); }
    ~RawMemory() { EXPECT_EQ(unimed_host_free(memory_), 0); }
    RawMemory(const RawMemory &) = delete;
    RawMemory &operator=(const RawMemory &) = delete;

    template <class T>
    [[nodiscard]] Global<T> as() const {
        return {static_cast<T *>(memory_)};
    }
    [[nodiscard]] void *get() const { return memory_; }

private:
    void *memory_ = nullptr;
};

struct Grid {
    std::uint32_t x = 1;
    std::uint32_t y = 1;
};

/// Launches a kernel by name and returns the status.
template <class... Arguments>
int try_launch_with_shared(const char *name, Grid grid, std::uint32_t threads, std::uint32_t shared, Arguments... arguments) {
    const void *kernel = nullptr;
    if (const int status = unimed_host_find_kernel(name, &kernel); status != 0)
        return status;
    std::array<void *, sizeof...(Arguments) + 1> pointers{&arguments..., nullptr};
    return unimed_host_launch(kernel, grid.x, grid.y, 1, threads, 1, 1, shared, shared, pointers.data());
}

template <class... Arguments>
int try_launch(const char *name, Grid grid, std::uint32_t threads, Arguments... arguments) {
    return try_launch_with_shared(name, grid, threads, 0, arguments...);
}

template <class... Arguments>
void launch(const char *name, Grid grid, std::uint32_t threads, Arguments... arguments) {
    require(try_launch(name, grid, threads, arguments...));
}

/// Launches one block as a kernel that may start while the ones before it run.
template <class... Arguments>
int try_launch_dependent(const char *name, std::uint32_t threads, Arguments... arguments) {
    const void *kernel = nullptr;
    if (const int status = unimed_host_find_kernel(name, &kernel); status != 0)
        return status;
    std::array<void *, sizeof...(Arguments) + 1> pointers{&arguments..., nullptr};
    return unimed_host_launch_dependent(kernel, 1, 1, 1, threads, 1, 1, 0, 0, pointers.data());
}

/// Counts while it lives.
class Counting {
public:
    Counting() { require(unimed_host_set_counting(1)); }
    ~Counting() { EXPECT_EQ(unimed_host_set_counting(0), 0); }

    /// Of the last launch.
    [[nodiscard]] unimed_counters counters() const {
        unimed_counters result{};
        require(unimed_host_counters(&result));
        return result;
    }
};

/// Lets races pass while it lives; every other test runs with the check on.
class WithoutRaceCheck {
public:
    WithoutRaceCheck() { require(unimed_host_set_race_check(0)); }
    ~WithoutRaceCheck() { EXPECT_EQ(unimed_host_set_race_check(1), 0); }
};

/// Runs the threads of a block in the opposite order while it lives.
class Reversed {
public:
    Reversed() { require(unimed_host_set_reversed(1)); }
    ~Reversed() { EXPECT_EQ(unimed_host_set_reversed(0), 0); }
};

/// Runs blocks on this many threads while it lives.
class WithThreads {
public:
    explicit WithThreads(std::uint32_t threads) { require(unimed_host_set_threads(threads)); }
    ~WithThreads() { EXPECT_EQ(unimed_host_set_threads(0), 0); }
};

inline bool error_says(const std::string &part) {
    return std::string(unimed_host_error()).find(part) != std::string::npos;
}

} // namespace unimed
