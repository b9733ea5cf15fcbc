#include "host/block.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <new>
#include <sstream>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace unimed::host {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t StackBytes = 256 * 1024;
#else
constexpr std::size_t StackBytes = 64 * 1024;
#endif

// Below each stack lies a page that may not be touched.
std::size_t stack_stride() {
    return StackBytes + static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Fibers never change their OS thread, so the running one is a thread-local fact.
thread_local Lane *current [[gnu::tls_model("initial-exec")]] = nullptr;

std::string list_threads(std::uint32_t mask, std::uint32_t warp) {
    std::ostringstream text;
    const char *separator = "";
    for (std::uint32_t rest = mask; rest != 0;) {
        const int first = std::countr_zero(rest);
        const int length = std::countr_one(rest >> first);
        text << separator << warp * 32 + static_cast<std::uint32_t>(first);
        if (length > 1)
            text << '-' << warp * 32 + static_cast<std::uint32_t>(first + length - 1);
        rest &= length == 32 ? 0u : ~(((1u << length) - 1u) << first);
        separator = ", ";
    }
    return text.str();
}

const char *name_of(Collective kind) {
    switch (kind) {
    case Collective::ShuffleXor:
    case Collective::ShuffleDown:
    case Collective::ShuffleIndex:
        return "shuffle";
    case Collective::Ballot:
        return "vote";
    case Collective::SyncWarp:
        return "warp barrier";
    case Collective::Mma:
        return "mma";
    case Collective::LdMatrix:
        return "ldmatrix";
    }
    return "collective";
}

} // namespace

Block::Block() : shared_(MostSharedBytes + 16) {
    void *memory = mmap(nullptr, stack_stride() * MostThreads, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw HostKernelError(Status::OutOfMemory, "no address space for the stacks of a block's threads");
    stacks_ = static_cast<std::byte *>(memory);
}

Block::~Block() {
    munmap(stacks_, stack_stride() * MostThreads);
}

Lane &Block::this_lane() {
    if (current == nullptr)
        throw HostKernelError(Status::LaunchFailed, "a device primitive was called outside of a kernel");
    return *current;
}

std::byte *Block::stack_of(std::uint32_t thread) const {
    return stacks_ + stack_stride() * thread + (stack_stride() - StackBytes);
}

void Block::give_stacks(std::uint32_t threads) {
    for (; stacks_ready_ < threads; stacks_ready_++) {
        if (mprotect(stack_of(stacks_ready_), StackBytes, PROT_READ | PROT_WRITE) != 0)
            throw HostKernelError(Status::OutOfMemory, "no memory for the stacks of a block's threads");
        lanes_.push_back(std::make_unique<Lane>());
    }
}

void Block::prepare(const Launch &launch) {
    give_stacks((launch.threads + 31) / 32 * 32);
    warp_count_ = (launch.threads + 31) / 32;
    while (warps_.size() < warp_count_)
        warps_.push_back(std::make_unique<Warp>());
    for (std::uint32_t i = 0; i < warp_count_; i++) {
        Warp &warp = *warps_[i];
        const std::uint32_t here = std::min(32u, launch.threads - i * 32);
        warp.present = warp.runnable = here == 32 ? ~0u : (1u << here) - 1;
        warp.at_collective = warp.at_barrier = warp.finished = warp.barriers = 0;
        warp.log.clear();
    }
    for (std::uint32_t i = 0; i < launch.threads; i++) {
        Lane &lane = *lanes_[i];
        lane.block = this;
        lane.thread = i;
        const bool ended = std::exchange(lane.finished, false);
        lane.waited = false;
        lane.copies.clear();
        lane.copy_group = 0;
        lane.shared_declared = 0;
        lane.last_allocation = nullptr;
        lane.fiber.restart(stack_of(i), StackBytes, &Block::thread_main, &lane, ended);
    }
    at_barrier_ = finished_ = barriers_ = 0;
    // Fixed memory follows the dynamic part and is poisoned as it is declared.
    shared_bytes_ = launch.dynamic_shared_bytes;
    std::memset(shared_.data(), 0xFF, shared_bytes_);
    if (launch.checking_races)
        races_.forget(0, shared_bytes_);
    error_.reset();
}

void Block::run(const Launch &launch, std::uint64_t number, unimed_counters &counters) {
    launch_ = &launch;
    counters_ = &counters;
    index_.x = static_cast<std::uint32_t>(number % launch.grid.x);
    index_.y = static_cast<std::uint32_t>(number / launch.grid.x % launch.grid.y);
    index_.z = static_cast<std::uint32_t>(number / launch.grid.x / launch.grid.y);
    prepare(launch);

    Fiber outside;
    outside_ = &outside;
    current = lanes_[launch.reversed ? launch.threads - 1 : 0].get();
    Fiber::switch_to(outside, current->fiber);
    current = nullptr;
    if (error_ != nullptr)
        throw HostKernelError(*error_);
}

void Block::thread_main(void *argument) {
    Lane &lane = *static_cast<Lane *>(argument);
    Block &block = *lane.block;
    try {
        block.launch_->kernel->body(block.launch_->arguments);
        if (block.launch_->dependent && !lane.waited)
            block.fail(lane, Status::LaunchFailed,
                       "it ends without wait_for_previous_kernels: the next kernel could overtake the one before it");
        lane.finished = true;
        Warp &warp = *block.warps_[lane.warp_index()];
        const std::uint32_t bit = 1u << lane.lane_index();
        warp.runnable &= ~bit;
        warp.finished |= bit;
        if (warp.finished == warp.present)
            block.meet(warp);
        if (++block.finished_ != block.launch_->threads)
            block.wait(lane);
    } catch (const HostKernelError &error) {
        block.error_ = std::make_unique<HostKernelError>(error);
    } catch (const std::exception &error) {
        block.error_ = std::make_unique<HostKernelError>(Status::LaunchFailed, error.what());
    }
    Fiber::switch_to(lane.fiber, *block.outside_);
}

Lane *Block::next_runnable(const Warp &warp, std::uint32_t warp_index) const {
    if (warp.runnable == 0)
        return nullptr;
    const int lane = launch_->reversed ? 31 - std::countl_zero(warp.runnable) : std::countr_zero(warp.runnable);
    return lanes_[warp_index * 32 + static_cast<std::uint32_t>(lane)].get();
}

Lane *Block::next_runnable(const Lane &after) const {
    if (Lane *here = next_runnable(*warps_[after.warp_index()], after.warp_index()))
        return here;
    for (std::uint32_t i = 0; i < warp_count_; i++) {
        const std::uint32_t warp = launch_->reversed ? warp_count_ - 1 - i : i;
        if (Lane *there = next_runnable(*warps_[warp], warp))
            return there;
    }
    return nullptr;
}

void Block::go_to(Lane &from, Lane &to) {
    current = &to;
    Fiber::switch_to(from.fiber, to.fiber);
}

void Block::wait(Lane &lane) {
    Lane *next = next_runnable(lane);
    if (next == nullptr)
        fail_stuck(lane);
    go_to(lane, *next);
}

bool Block::arrive(Lane &lane, Collective kind, void *operands) {
    Warp &warp = *warps_[lane.warp_index()];
    if (warp.present != ~0u)
        fail(lane, Status::LaunchFailed, std::string(name_of(kind)) + " in a warp of fewer than 32 threads");
    if (warp.at_collective != 0 && warp.kind != kind)
        fail(lane, Status::LaunchFailed,
             std::string("incomplete collective: it is at a ") + name_of(kind) + ", but threads " +
                 list_threads(warp.at_collective, lane.warp_index()) + " of its warp wait at a " + name_of(warp.kind));
    warp.kind = kind;
    lane.operands = operands;
    const std::uint32_t bit = 1u << lane.lane_index();
    warp.runnable &= ~bit;
    warp.at_collective |= bit;
    return warp.at_collective == warp.present;
}

void Block::release(Lane &lane) {
    Warp &warp = *warps_[lane.warp_index()];
    warp.at_collective = 0;
    warp.runnable = warp.present;
    meet(warp);
}

void Block::meet(Warp &warp) {
    if (launch_->counting)
        warp.log.meet(*counters_, launch_->number);
}

void Block::barrier(Lane &lane) {
    Warp &warp = *warps_[lane.warp_index()];
    const std::uint32_t bit = 1u << lane.lane_index();
    warp.runnable &= ~bit;
    warp.at_barrier |= bit;
    if (++at_barrier_ != launch_->threads) {
        wait(lane);
        return;
    }
    at_barrier_ = 0;
    barriers_++;
    counters_->barriers++;
    for (std::uint32_t i = 0; i < warp_count_; i++) {
        warps_[i]->at_barrier = 0;
        warps_[i]->runnable = warps_[i]->present;
        meet(*warps_[i]);
    }
}

std::byte *Block::fixed_shared(Lane &lane, std::size_t bytes) {
    const std::uint32_t begin = (launch_->dynamic_shared_bytes + 15) / 16 * 16 + lane.shared_declared;
    if (bytes > MostSharedBytesUnasked - lane.shared_declared)
        fail(lane, Status::OutOfResources, "a kernel may declare at most 48 KiB of shared memory of fixed size");
    const std::uint32_t end = begin + static_cast<std::uint32_t>(bytes);
    // A card has one budget for both. It tells at the launch, the emulation when the kernel declares.
    const std::uint32_t together = launch_->dynamic_shared_bytes + lane.shared_declared + static_cast<std::uint32_t>(bytes);
    const std::uint32_t most = launch_->asked_shared_bytes == 0 ? MostSharedBytesUnasked : MostSharedBytes;
    if (together > most)
        fail(lane, launch_->asked_shared_bytes == 0 ? Status::InvalidValue : Status::OutOfResources,
             std::to_string(together) + " bytes of shared memory, declared and of the launch together, of at most " +
                 std::to_string(most) + (launch_->asked_shared_bytes == 0 ? " for a kernel that was not prepared for more" : ""));
    lane.shared_declared += static_cast<std::uint32_t>((bytes + 15) / 16 * 16);
    if (end > shared_bytes_) {
        std::memset(shared_.data() + shared_bytes_, 0xFF, end - shared_bytes_);
        if (launch_->checking_races)
            races_.forget(shared_bytes_, end - shared_bytes_);
        shared_bytes_ = end;
    }
    return shared_.data() + begin;
}

void Block::global_access(Lane &lane, AccessKind kind, const void *pointer, std::uint32_t bytes, const void *site) {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    if (lane.last_allocation == nullptr || !lane.last_allocation->holds(address, bytes)) {
        lane.last_allocation = Memory::instance().find(address, bytes);
        if (lane.last_allocation == nullptr)
            fail(lane, Status::IllegalAddress,
                 std::string(kind == AccessKind::GlobalLoad ? "load" : "store") +
                     " outside of every allocation: " + Memory::instance().describe(address, bytes));
    }
    if (address % bytes != 0)
        fail(lane, Status::MisalignedAddress, "misaligned access: " + Memory::instance().describe(address, bytes));
    if (launch_->dependent && !lane.waited)
        check_independent(lane, kind);
    if (kind == AccessKind::GlobalStore && lane.last_allocation->written_behind.load(std::memory_order_relaxed) != launch_->fences)
        lane.last_allocation->written_behind.store(launch_->fences, std::memory_order_relaxed);
    if (launch_->counting)
        warps_[lane.warp_index()]->log.record({site, address, bytes, kind, static_cast<std::uint8_t>(lane.lane_index())});
}

void Block::check_independent(const Lane &lane, AccessKind kind) const {
    if (kind == AccessKind::GlobalStore)
        fail(lane, Status::LaunchFailed, "store before wait_for_previous_kernels: a kernel before it may still read or write there");
    if (lane.last_allocation->written_behind.load(std::memory_order_relaxed) == launch_->fences)
        fail(lane, Status::LaunchFailed,
             "load before wait_for_previous_kernels from memory that kernels write: only weights may be read before it");
}

void Block::shared_access(Lane &lane, AccessKind kind, const void *pointer, std::uint32_t bytes, const void *site) {
    // A pointer below the start becomes a huge offset.
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(shared_.data());
    if (bytes > shared_bytes_ || offset > shared_bytes_ - bytes)
        fail(lane, Status::IllegalAddress,
             std::string(kind == AccessKind::SharedLoad ? "load of " : "store of ") + std::to_string(bytes) + " bytes at offset " +
                 std::to_string(static_cast<std::intptr_t>(offset)) + " of " + std::to_string(shared_bytes_) + " bytes of shared memory");
    if (offset % bytes != 0)
        fail(lane, Status::MisalignedAddress,
             "misaligned access of " + std::to_string(bytes) + " bytes at offset " + std::to_string(offset) + " of shared memory");
    check_race(lane, kind, static_cast<std::uint32_t>(offset), bytes);
    if (launch_->counting)
        warps_[lane.warp_index()]->log.record({site, offset, bytes, kind, static_cast<std::uint8_t>(lane.lane_index())});
}

void Block::shared_arrival(Lane &lane, const void *address, std::uint32_t bytes) {
    check_race(lane, AccessKind::SharedStore, static_cast<std::uint32_t>(static_cast<const std::byte *>(address) - shared_.data()), bytes);
}

void Block::pass_warp_barrier(Lane &lane) {
    warps_[lane.warp_index()]->barriers++;
}

void Block::check_race(const Lane &lane, AccessKind kind, std::uint32_t offset, std::uint32_t bytes) {
    if (!launch_->checking_races)
        return;
    const SharedRaces::Moment now{static_cast<std::uint16_t>(lane.thread), barriers_, warps_[lane.warp_index()]->barriers};
    const bool reading = kind == AccessKind::SharedLoad;
    const std::optional<std::uint16_t> other = reading ? races_.read(offset, bytes, now) : races_.write(offset, bytes, now);
    if (other)
        fail(lane, Status::LaunchFailed,
             std::string("race: it ") + (reading ? "reads " : "writes ") + std::to_string(bytes) + " bytes at offset " +
                 std::to_string(offset) + " of shared memory, which thread " + std::to_string(*other) +
                 (reading ? " wrote" : " read or wrote") + " with no barrier between");
}

void Block::fail(const Lane &lane, Status status, const std::string &what) const {
    std::ostringstream text;
    text << "kernel " << launch_->kernel->name << ", block (" << index_.x << ", " << index_.y << ", " << index_.z << "), thread "
         << lane.thread << ": " << what;
    throw HostKernelError(status, text.str());
}

void Block::fail_stuck(const Lane &lane) const {
    for (std::uint32_t i = 0; i < warp_count_; i++) {
        const Warp &warp = *warps_[i];
        if (warp.at_collective != 0)
            fail(lane, Status::LaunchFailed,
                 std::string("incomplete collective: threads ") + list_threads(warp.at_collective, i) + " wait at a " + name_of(warp.kind) +
                     " that threads " + list_threads(warp.present & ~warp.at_collective, i) + " never reach");
    }
    std::string here, gone;
    for (std::uint32_t i = 0; i < warp_count_; i++) {
        const Warp &warp = *warps_[i];
        if (warp.at_barrier != 0)
            here += (here.empty() ? "" : ", ") + list_threads(warp.at_barrier, i);
        if (warp.finished != 0)
            gone += (gone.empty() ? "" : ", ") + list_threads(warp.finished, i);
    }
    fail(lane, Status::LaunchFailed,
         "divergent barrier: threads " + here + " wait at a barrier, threads " + gone + " have left the kernel");
}

} // namespace unimed::host
