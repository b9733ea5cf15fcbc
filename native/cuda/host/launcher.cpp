#include "host/launcher.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include "host/block.h"

namespace unimed::host {

struct Launcher::Job {
    explicit Job(const Launch &of) : launch(of) {}

    const Launch &launch;
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::uint64_t failed_block = UINT64_MAX;
    std::optional<HostKernelError> error;
    unimed_counters counters{};
};

Launcher &Launcher::instance() {
    static Launcher launcher;
    return launcher;
}

Launcher::~Launcher() {
    stop_workers();
}

void Launcher::set_threads(std::uint32_t threads) {
    stop_workers();
    wanted_ = threads;
}

void Launcher::stop_workers() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread &worker : workers_)
        worker.join();
    workers_.clear();
    stopping_ = false;
}

void Launcher::run_blocks(Job &job) {
    // Stacks and lanes are kept for the thread's next launch.
    thread_local std::unique_ptr<Block> block;
    unimed_counters counters{};
    std::uint64_t number = 0;
    try {
        if (block == nullptr)
            block = std::make_unique<Block>();
        while (!job.failed.load(std::memory_order_relaxed)) {
            number = job.next.fetch_add(1, std::memory_order_relaxed);
            if (number >= job.launch.blocks())
                break;
            block->run(job.launch, number, counters);
        }
    } catch (const HostKernelError &error) {
        // Every block before this one was given out before it, and runs to its end.
        job.failed.store(true, std::memory_order_relaxed);
        const std::lock_guard lock(job.mutex);
        if (number < job.failed_block) {
            job.failed_block = number;
            job.error = error;
        }
    }
    const std::lock_guard lock(job.mutex);
    add(job.counters, counters);
}

void Launcher::work(std::uint64_t seen) {
    for (;;) {
        Job *job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
            if (stopping_)
                return;
            seen = generation_;
            job = job_;
        }
        run_blocks(*job);
        {
            const std::lock_guard lock(mutex_);
            busy_--;
        }
        done_.notify_one();
    }
}

unimed_counters Launcher::run(const Launch &launch) {
    const auto refuse = [&](Status status, const std::string &what) {
        throw HostKernelError(status, "kernel " + launch.kernel->name + ": " + what);
    };
    if (launch.grid.x == 0 || launch.grid.y == 0 || launch.grid.z == 0 || launch.threads == 0)
        refuse(Status::InvalidValue, "a grid or block without threads");
    if (launch.grid.x > INT32_MAX || launch.grid.y > 65535 || launch.grid.z > 65535)
        refuse(Status::InvalidValue, "a grid may have at most 2^31-1, 65535 and 65535 blocks along x, y and z");
    if (launch.threads > std::min(launch.kernel->most_threads, Block::MostThreads))
        refuse(Status::OutOfResources, std::to_string(launch.threads) + " threads a block, but it is compiled for at most " +
                                           std::to_string(launch.kernel->most_threads));
    const std::uint32_t allowed = launch.asked_shared_bytes != 0 ? launch.asked_shared_bytes : Block::MostSharedBytesUnasked;
    if (launch.dynamic_shared_bytes > allowed)
        refuse(Status::InvalidValue, std::to_string(launch.dynamic_shared_bytes) + " bytes of shared memory, and it was prepared for " +
                                         std::to_string(allowed));
    if (launch.dynamic_shared_bytes > Block::MostSharedBytes)
        refuse(Status::OutOfResources, std::to_string(launch.dynamic_shared_bytes) + " bytes of shared memory, of at most " +
                                           std::to_string(Block::MostSharedBytes));

    Job job(launch);
    const std::uint32_t threads = wanted_ != 0 ? wanted_ : std::max(1u, std::thread::hardware_concurrency());
    const bool alone = launch.blocks() == 1 || threads == 1;
    if (!alone) {
        while (workers_.size() + 1 < threads)
            workers_.emplace_back(&Launcher::work, this, generation_);
        {
            const std::lock_guard lock(mutex_);
            job_ = &job;
            busy_ = workers_.size();
            generation_++;
        }
        wake_.notify_all();
    }
    run_blocks(job);
    if (!alone) {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [&] { return busy_ == 0; });
    }
    if (job.error)
        throw *job.error;
    return job.counters;
}

} // namespace unimed::host
