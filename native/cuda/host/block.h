#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/access_log.h"
#include "host/counters.h"
#include "host/host_kernel_error.h"
#include "host/lane.h"
#include "host/launch.h"
#include "host/shared_races.h"

namespace unimed::host {

/// Runs blocks one after another on one OS thread: each thread of the block is a fiber, and runs until it must wait for others.
class Block {
public:
    static constexpr std::uint32_t MostThreads = 1024;
    /// What a block may have on the cards with the least (sm_86, sm_89): what it declares and what the launch adds, together.
    static constexpr std::uint32_t MostSharedBytes = 99 * 1024;
    /// The same for a kernel that was not prepared for more; and the most that a kernel may declare, prepared or not.
    static constexpr std::uint32_t MostSharedBytesUnasked = 48 * 1024;

    Block();
    ~Block();
    Block(const Block &) = delete;
    Block &operator=(const Block &) = delete;

    /// Runs block `number` of the grid (x fastest).
    /// @throws HostKernelError with kernel, block and thread.
    void run(const Launch &launch, std::uint64_t number, unimed_counters &counters);

    // What primitives call, on the fiber of a thread.

    /// The thread that is running. @throws HostKernelError outside of a kernel.
    [[nodiscard]] static Lane &this_lane();
    [[nodiscard]] const Launch &launch() const { return *launch_; }
    [[nodiscard]] const Dimensions &index() const { return index_; }
    [[nodiscard]] unimed_counters &counters() { return *counters_; }

    /// Waits until every thread of the block is here.
    void barrier(Lane &lane);

    /// Waits until every thread of the warp is here with its operands; the last one does `resolve` for all.
    template <class Operands>
    void collective(Lane &lane, Collective kind, Operands &operands, void (*resolve)(const std::array<Operands *, 32> &));

    /// Shared memory whose size the kernel declares; the same place for every thread that declares the same in the same order.
    [[nodiscard]] std::byte *fixed_shared(Lane &lane, std::size_t bytes);
    [[nodiscard]] std::byte *dynamic_shared() { return shared_.data(); }

    /// Orders the shared-memory accesses of the lane's warp; called when all its threads have met for that.
    void pass_warp_barrier(Lane &lane);

    /// Checks an access and, while counting, notes it.
    void global_access(Lane &lane, AccessKind kind, const void *address, std::uint32_t bytes, const void *site);
    void shared_access(Lane &lane, AccessKind kind, const void *address, std::uint32_t bytes, const void *site);

    /// Notes that a copy arrives, which is a write by the thread that waited for it.
    void shared_arrival(Lane &lane, const void *address, std::uint32_t bytes);

    [[noreturn]] void fail(const Lane &lane, Status status, const std::string &what) const;

private:
    struct Warp {
        std::uint32_t present = 0;
        std::uint32_t runnable = 0;
        std::uint32_t at_collective = 0;
        std::uint32_t at_barrier = 0;
        std::uint32_t finished = 0;
        Collective kind{};
        std::uint32_t barriers = 0;
        AccessLog log;
    };

    const Launch *launch_ = nullptr;
    unimed_counters *counters_ = nullptr;
    Dimensions index_;
    Fiber *outside_ = nullptr;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<std::unique_ptr<Warp>> warps_;
    std::uint32_t warp_count_ = 0;
    std::uint32_t at_barrier_ = 0;
    std::uint32_t finished_ = 0;
    std::uint32_t barriers_ = 0;
    SharedRaces races_;
    std::vector<std::byte> shared_;
    std::uint32_t shared_bytes_ = 0;
    std::unique_ptr<HostKernelError> error_;
    std::byte *stacks_ = nullptr;
    std::uint32_t stacks_ready_ = 0;

    static void thread_main(void *lane);
    void prepare(const Launch &launch);
    void give_stacks(std::uint32_t threads);
    [[nodiscard]] std::byte *stack_of(std::uint32_t thread) const;
    [[nodiscard]] Lane *next_runnable(const Warp &warp, std::uint32_t warp_index) const;
    [[nodiscard]] Lane *next_runnable(const Lane &after) const;
    void go_to(Lane &from, Lane &to);
    /// The lane cannot go on now: somebody else does.
    void wait(Lane &lane);
    [[noreturn]] void fail_stuck(const Lane &lane) const;
    /// True when the caller is the last of its warp and all operands are there.
    bool arrive(Lane &lane, Collective kind, void *operands);
    void release(Lane &lane);
    void meet(Warp &warp);
    /// Before the wait a kernel reads what no kernel wrote, and writes nothing.
    void check_independent(const Lane &lane, AccessKind kind) const;
    void check_race(const Lane &lane, AccessKind kind, std::uint32_t offset, std::uint32_t bytes);
};

template <class Operands>
void Block::collective(Lane &lane, Collective kind, Operands &operands, void (*resolve)(const std::array<Operands *, 32> &)) {
    if (!arrive(lane, kind, &operands)) {
        wait(lane);
        return;
    }
    std::array<Operands *, 32> all;
    const std::uint32_t first = lane.warp_index() * 32;
    for (std::uint32_t i = 0; i < 32; i++)
        all[i] = static_cast<Operands *>(lanes_[first + i]->operands);
    resolve(all);
    release(lane);
}

} // namespace unimed::host
