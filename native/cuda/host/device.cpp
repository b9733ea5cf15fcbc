#include "host/device.h"

#include <cstring>

#include "host/block.h"

namespace unimed::host {
namespace {

struct ShuffleOperands {
    std::uint32_t word;
    std::uint32_t parameter;
    std::uint32_t result;
};

struct SyncOperands {
    Block *block;
    Lane *lane;
};

struct BallotOperands {
    bool predicate;
    std::uint32_t result;
};

template <class Source>
void shuffle_all(const std::array<ShuffleOperands *, 32> &lanes, Source source) {
    for (std::uint32_t lane = 0; lane < 32; lane++) {
        const std::uint32_t from = source(lane, lanes[lane]->parameter);
        lanes[lane]->result = lanes[from < 32 ? from : lane]->word;
    }
}

std::uint32_t shuffle(Collective kind, std::uint32_t word, std::uint32_t parameter,
                      void (*resolve)(const std::array<ShuffleOperands *, 32> &)) {
    Lane &lane = Block::this_lane();
    ShuffleOperands operands{word, parameter, 0};
    if (lane.lane_index() == 0)
        lane.block->counters().shuffles++;
    lane.block->collective(lane, kind, operands, resolve);
    return operands.result;
}

} // namespace

std::uint32_t thread_index() {
    return Block::this_lane().thread;
}

std::uint32_t thread_count() {
    return Block::this_lane().block->launch().threads;
}

Dimensions block_index() {
    return Block::this_lane().block->index();
}

Dimensions block_count() {
    return Block::this_lane().block->launch().grid;
}

void wait_for_previous_kernels() {
    Block::this_lane().waited = true;
}

void block_barrier() {
    Lane &lane = Block::this_lane();
    lane.block->barrier(lane);
}

void warp_barrier() {
    Lane &lane = Block::this_lane();
    SyncOperands operands{};
    operands.block = lane.block;
    operands.lane = &lane;
    lane.block->collective<SyncOperands>(lane, Collective::SyncWarp, operands, [](const std::array<SyncOperands *, 32> &lanes) {
        lanes[0]->block->pass_warp_barrier(*lanes[0]->lane);
    });
}

std::uint32_t ballot(bool predicate) {
    Lane &lane = Block::this_lane();
    BallotOperands operands{predicate, 0};
    if (lane.lane_index() == 0)
        lane.block->counters().votes++;
    lane.block->collective<BallotOperands>(lane, Collective::Ballot, operands, [](const std::array<BallotOperands *, 32> &lanes) {
        std::uint32_t mask = 0;
        for (std::uint32_t i = 0; i < 32; i++)
            mask |= lanes[i]->predicate ? 1u << i : 0u;
        for (BallotOperands *each : lanes)
            each->result = mask;
    });
    return operands.result;
}

std::uint32_t shuffle_xor(std::uint32_t word, std::uint32_t mask) {
    return shuffle(Collective::ShuffleXor, word, mask, [](const std::array<ShuffleOperands *, 32> &lanes) {
        shuffle_all(lanes, [](std::uint32_t lane, std::uint32_t parameter) { return lane ^ parameter; });
    });
}

std::uint32_t shuffle_down(std::uint32_t word, std::uint32_t distance) {
    return shuffle(Collective::ShuffleDown, word, distance, [](const std::array<ShuffleOperands *, 32> &lanes) {
        shuffle_all(lanes, [](std::uint32_t lane, std::uint32_t parameter) { return lane + parameter; });
    });
}

std::uint32_t shuffle_index(std::uint32_t word, std::uint32_t index) {
    return shuffle(Collective::ShuffleIndex, word, index, [](const std::array<ShuffleOperands *, 32> &lanes) {
        shuffle_all(lanes, [](std::uint32_t, std::uint32_t parameter) { return parameter % 32; });
    });
}

std::byte *fixed_shared(std::size_t bytes) {
    Lane &lane = Block::this_lane();
    return lane.block->fixed_shared(lane, bytes);
}

std::byte *dynamic_shared() {
    return Block::this_lane().block->dynamic_shared();
}

std::uint32_t dynamic_shared_bytes() {
    return Block::this_lane().block->launch().dynamic_shared_bytes;
}

// The return address of these is in the kernel, because primitives are always inlined.

[[gnu::noinline]] void before_global_load(const void *address, std::uint32_t bytes) {
    Lane &lane = Block::this_lane();
    lane.block->global_access(lane, AccessKind::GlobalLoad, address, bytes, __builtin_return_address(0));
}

[[gnu::noinline]] void before_global_store(const void *address, std::uint32_t bytes) {
    Lane &lane = Block::this_lane();
    lane.block->global_access(lane, AccessKind::GlobalStore, address, bytes, __builtin_return_address(0));
}

[[gnu::noinline]] void before_shared_load(const void *address, std::uint32_t bytes) {
    Lane &lane = Block::this_lane();
    lane.block->shared_access(lane, AccessKind::SharedLoad, address, bytes, __builtin_return_address(0));
}

[[gnu::noinline]] void before_shared_store(const void *address, std::uint32_t bytes) {
    Lane &lane = Block::this_lane();
    lane.block->shared_access(lane, AccessKind::SharedStore, address, bytes, __builtin_return_address(0));
}

void before_prefetch(const void *address) {
    Lane &lane = Block::this_lane();
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (Memory::instance().find(at, 1) == nullptr)
        lane.block->fail(lane, Status::IllegalAddress, "prefetch outside of every allocation: " + Memory::instance().describe(at, 1));
}

// A copy is noted at both ends when it is issued, and done when it is waited for.
[[gnu::noinline]] void copy_async(void *shared, const void *global, std::uint32_t bytes, std::uint32_t valid_bytes) {
    Lane &lane = Block::this_lane();
    Block &block = *lane.block;
    const void *site = __builtin_return_address(0);
    if (valid_bytes > bytes)
        block.fail(lane, Status::LaunchFailed,
                   "an asynchronous copy of " + std::to_string(bytes) + " bytes with " + std::to_string(valid_bytes) + " valid ones");
    if (valid_bytes == bytes)
        block.global_access(lane, AccessKind::GlobalLoad, global, bytes, site);
    else
        for (std::uint32_t i = 0; i < valid_bytes; i++)
            block.global_access(lane, AccessKind::GlobalLoad, static_cast<const std::byte *>(global) + i, 1, site);
    block.shared_access(lane, AccessKind::SharedStore, shared, bytes, site);
    std::memset(shared, 0xFF, bytes);
    lane.copies.push_back(
        {static_cast<std::byte *>(shared), static_cast<const std::byte *>(global), valid_bytes, bytes - valid_bytes, lane.copy_group});
}

void copy_async_commit() {
    Block::this_lane().copy_group++;
}

void copy_async_wait(std::uint32_t newest) {
    Lane &lane = Block::this_lane();
    std::size_t kept = 0;
    for (const PendingCopy &copy : lane.copies) {
        if (copy.group + newest < lane.copy_group) {
            if (copy.bytes != 0)
                std::memcpy(copy.destination, copy.source, copy.bytes);
            std::memset(copy.destination + copy.bytes, 0, copy.zero_bytes);
            lane.block->shared_arrival(lane, copy.destination, copy.bytes + copy.zero_bytes);
        } else {
            lane.copies[kept++] = copy;
        }
    }
    lane.copies.resize(kept);
}

} // namespace unimed::host
