#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "host/counters.h"
#include "host/launch.h"

namespace unimed::host {

/// Runs the blocks of a launch on the hardware threads, and waits for them. Blocks are given out in order; an error is that of the first
/// block that has one, so neither results nor errors depend on the number of threads.
class Launcher {
public:
    static Launcher &instance();

    ~Launcher();
    Launcher(const Launcher &) = delete;
    Launcher &operator=(const Launcher &) = delete;

    /// 0 takes one for each hardware thread.
    void set_threads(std::uint32_t threads);

    /// @throws HostKernelError when the launch does not fit the kernel, or a block fails.
    unimed_counters run(const Launch &launch);

private:
    struct Job;

    Launcher() = default;
    void work(std::uint64_t seen);
    void stop_workers();
    static void run_blocks(Job &job);

    std::uint32_t wanted_ = 0;
    std::vector<std::thread> workers_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    Job *job_ = nullptr;
    std::uint64_t generation_ = 0;
    std::size_t busy_ = 0;
    bool stopping_ = false;
};

} // namespace unimed::host
