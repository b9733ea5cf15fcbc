#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "host/status.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

using host::Status;

constexpr int code(Status status) {
    return static_cast<int>(status);
}

TEST(Runtime, ADivergentBarrierNamesWhoWaitsAndWhoLeft) {
    EXPECT_EQ(try_launch("test_divergent_barrier", {}, 128, 128), 0);
    ASSERT_EQ(try_launch("test_divergent_barrier", {2}, 128, 40), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("kernel test_divergent_barrier, block (0, 0, 0), thread")) << unimed_host_error();
    EXPECT_TRUE(error_says("divergent barrier: threads 0-31, 32-39 wait at a barrier, threads 40-63, 64-95, 96-127 have left"))
        << unimed_host_error();
}

TEST(Runtime, ACollectiveThatNotAllLanesReachIsAnError) {
    DeviceArray<float> out(128);
    EXPECT_EQ(try_launch("test_incomplete_shuffle", {}, 128, 32, out.global()), 0);
    ASSERT_EQ(try_launch("test_incomplete_shuffle", {}, 128, 31, out.global()), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("incomplete collective: threads 0-30 wait at a shuffle that threads 31 never reach")) << unimed_host_error();

    ASSERT_EQ(try_launch("test_mixed_collectives", {}, 32, out.global()), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("thread 1: incomplete collective: it is at a vote, but threads 0 of its warp wait at a shuffle"))
        << unimed_host_error();

    ASSERT_EQ(try_launch("test_barrier_against_shuffle", {}, 64, out.global()), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("threads 16-31 wait at a shuffle that threads 0-15 never reach")) << unimed_host_error();
}

TEST(Runtime, ACollectiveNeedsAWholeWarp) {
    DeviceArray<float> out(128);
    ASSERT_EQ(try_launch("test_incomplete_shuffle", {}, 40, 32, out.global()), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("thread 32: shuffle in a warp of fewer than 32 threads")) << unimed_host_error();
}

TEST(Runtime, AReadOutsideNamesPlaceAndAllocation) {
    const RawMemory in(1000 * sizeof(float));
    const DeviceArray<float> out(1024);
    EXPECT_EQ(try_launch("test_read", {7}, 128, Global<const float>(in.as<const float>()), out.global(), 0, 128), 0);
    ASSERT_EQ(try_launch("test_read", {8}, 128, Global<const float>(in.as<const float>()), out.global(), 0, 128),
              code(Status::IllegalAddress));
    EXPECT_TRUE(error_says("kernel test_read, block (7, 0, 0), thread 104: load outside of every allocation: 4 bytes at 0x"))
        << unimed_host_error();
    EXPECT_TRUE(error_says("offset 4000 of the allocation of 4000 bytes at 0x")) << unimed_host_error();
    ASSERT_EQ(try_launch("test_read", {1}, 128, Global<const float>(in.as<const float>()), out.global(), -1, 128),
              code(Status::IllegalAddress));
    EXPECT_TRUE(error_says("thread 0: load outside")) << unimed_host_error();
}

TEST(Runtime, TheErrorIsThatOfTheFirstBlockForAnyNumberOfThreads) {
    const RawMemory in(1000 * sizeof(float));
    const DeviceArray<float> out(128 * 128);
    for (const std::uint32_t threads : {1u, 2u, 5u}) {
        const WithThreads set(threads);
        for (int repeat = 0; repeat < 5; repeat++) {
            ASSERT_EQ(try_launch("test_read", {100}, 128, Global<const float>(in.as<const float>()), out.global(), 0, 100),
                      code(Status::IllegalAddress));
            EXPECT_TRUE(error_says("block (9, 0, 0), thread 100")) << unimed_host_error();
        }
    }
}

TEST(Runtime, AWriteOutsideIsNotDone) {
    const DeviceArray<float> out(100); // its destructor looks at the guards
    const RawMemory memory(400);
    ASSERT_EQ(try_launch("test_write", {}, 128, memory.as<float>(), 100), code(Status::IllegalAddress));
    EXPECT_TRUE(error_says("thread 7: store outside of every allocation")) << unimed_host_error();
}

TEST(Runtime, FreedMemoryIsOutside) {
    const DeviceArray<float> out(128); // allocated first, so that it cannot take the freed place
    void *address = nullptr;
    require(unimed_host_allocate(4096, &address));
    require(unimed_host_free(address));
    EXPECT_EQ(try_launch("test_read", {}, 128, Global<const float>{static_cast<const float *>(address)}, out.global(), 0, 0),
              code(Status::IllegalAddress));
    EXPECT_EQ(unimed_host_free(address), code(Status::InvalidValue));
}

TEST(Runtime, AMisalignedAccessIsAnError) {
    const RawMemory in(4096);
    const DeviceArray<Floats4> out(32);
    EXPECT_EQ(try_launch("test_wide_read", {}, 32, Global<const float>(in.as<const float>()), out.global(), 4), 0);
    ASSERT_EQ(try_launch("test_wide_read", {}, 32, Global<const float>(in.as<const float>()), out.global(), 2),
              code(Status::MisalignedAddress));
    EXPECT_TRUE(error_says("misaligned access: 16 bytes")) << unimed_host_error();
}

TEST(Runtime, APrefetchOutsideIsAnError) {
    const RawMemory in(4096);
    EXPECT_EQ(try_launch("test_prefetch", {}, 32, Global<const float>(in.as<const float>()), 1023), 0);
    EXPECT_EQ(try_launch("test_prefetch", {}, 32, Global<const float>(in.as<const float>()), 1024), code(Status::IllegalAddress));
}

TEST(Runtime, AKernelThatMayStartEarlyWaitsBeforeItTouchesWhatOthersTouch) {
    const RawMemory in(32 * sizeof(float)), out(32 * sizeof(float));
    const Global<const float> from(in.as<const float>());
    const std::vector<float> ones(32, 1.0f);
    require(unimed_host_copy_to_device(in.get(), ones.data(), 32 * sizeof(float)));
    // Weights may be read early, what a kernel wrote may not, until a copy or a fill, of any memory, has waited for that kernel.
    EXPECT_EQ(try_launch_dependent("test_dependent", 32, from, out.as<float>(), 0), 0);
    EXPECT_EQ(try_launch("test_write", {}, 32, in.as<float>(), 0), 0);
    ASSERT_EQ(try_launch_dependent("test_dependent", 32, from, out.as<float>(), 0), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("load before wait_for_previous_kernels")) << unimed_host_error();
    EXPECT_EQ(try_launch_dependent("test_dependent", 32, from, out.as<float>(), 2), 0);
    for (const auto &fence : std::vector<std::function<int()>>{[&] { return unimed_host_copy_to_device(out.get(), ones.data(), 4); },
                                                               [&] { return unimed_host_copy_on_device(out.get(), in.get(), 4); },
                                                               [&] { return unimed_host_fill(out.get(), 0, 4); }}) {
        EXPECT_EQ(try_launch("test_write", {}, 32, in.as<float>(), 0), 0);
        ASSERT_EQ(try_launch_dependent("test_dependent", 32, from, out.as<float>(), 0), code(Status::LaunchFailed));
        require(fence());
        EXPECT_EQ(try_launch_dependent("test_dependent", 32, from, out.as<float>(), 0), 0);
    }

    ASSERT_EQ(try_launch_dependent("test_dependent", 32, from, out.as<float>(), 1), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("store before wait_for_previous_kernels")) << unimed_host_error();
    ASSERT_EQ(try_launch_dependent("test_leaves_early", 32), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("ends without wait_for_previous_kernels")) << unimed_host_error();
    // A kernel that starts when all before it have ended need not wait.
    EXPECT_EQ(try_launch("test_dependent", {}, 32, from, out.as<float>(), 3), 0);
}

TEST(Runtime, SharedMemoryHasBounds) {
    const DeviceArray<float> out(32);
    EXPECT_EQ(try_launch("test_shared_read", {}, 32, out.global(), 0), 0);
    ASSERT_EQ(try_launch("test_shared_read", {}, 32, out.global(), 1), code(Status::IllegalAddress));
    EXPECT_TRUE(error_says("thread 31: load of 4 bytes at offset 128 of 128 bytes of shared memory")) << unimed_host_error();
    ASSERT_EQ(try_launch("test_shared_read", {}, 32, out.global(), -1), code(Status::IllegalAddress));
    ASSERT_EQ(try_launch("test_too_much_shared", {}, 32), code(Status::OutOfResources));
}

TEST(Runtime, WhatAKernelDeclaresAndWhatTheLaunchAddsShareOneBudget) {
    const void *kernel = nullptr;
    require(unimed_host_find_kernel("test_both_kinds_of_shared", &kernel));
    const auto status = [&](std::uint32_t shared, std::uint32_t asked) {
        int words = static_cast<int>(shared / sizeof(float));
        void *arguments[] = {&words};
        return unimed_host_launch(kernel, 1, 1, 1, 32, 1, 1, shared, asked, arguments);
    };
    constexpr std::uint32_t Declared = 40000, Unasked = 48 * 1024 - Declared, Asked = 99 * 1024 - Declared;
    EXPECT_EQ(status(Unasked, 0), 0);
    ASSERT_EQ(status(Unasked + 16, 0), code(Status::InvalidValue));
    EXPECT_TRUE(error_says("kernel test_both_kinds_of_shared, block (0, 0, 0), thread 0: 49168 bytes of shared memory, declared and of "
                           "the launch together, of at most 49152 for a kernel that was not prepared for more"))
        << unimed_host_error();
    EXPECT_EQ(status(Unasked + 16, Unasked + 16), 0);
    ASSERT_EQ(status(Unasked + 32, Unasked + 16), code(Status::InvalidValue));
    EXPECT_TRUE(error_says("it was prepared for 9168")) << unimed_host_error();
    EXPECT_EQ(status(Asked, Asked), 0);
    EXPECT_EQ(status(Asked + 16, Asked + 16), code(Status::OutOfResources));
}

TEST(Runtime, ALaunchThatDoesNotFitIsRefused) {
    const DeviceArray<float> out(32);
    EXPECT_EQ(try_launch("no_such_kernel", {}, 32), code(Status::NotFound));
    EXPECT_TRUE(error_says("no_such_kernel"));
    EXPECT_EQ(try_launch("test_shared_read", {0}, 32, out.global(), 0), code(Status::InvalidValue));
    EXPECT_EQ(try_launch("test_shared_read", {1}, 0, out.global(), 0), code(Status::InvalidValue));
    EXPECT_EQ(try_launch("test_shared_read", {1}, 64, out.global(), 0), code(Status::OutOfResources));
    EXPECT_EQ(try_launch("test_shared_read", {1, 65536}, 32, out.global(), 0), code(Status::InvalidValue));
    const void *kernel = nullptr;
    require(unimed_host_find_kernel("test_prefetch", &kernel));
    void *arguments[] = {nullptr};
    EXPECT_EQ(unimed_host_launch(kernel, 1, 1, 1, 32, 2, 1, 0, 0, arguments), code(Status::InvalidValue));
    EXPECT_EQ(unimed_host_launch(kernel, 1, 1, 1, 32, 1, 1, 200 * 1024, 200 * 1024, arguments), code(Status::OutOfResources));
    EXPECT_EQ(unimed_host_launch(nullptr, 1, 1, 1, 32, 1, 1, 0, 0, arguments), code(Status::InvalidValue));
}

TEST(Runtime, ListsItsKernelsInOrder) {
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < unimed_host_kernel_count(); i++)
        names.emplace_back(unimed_host_kernel_name(i));
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_TRUE(std::binary_search(names.begin(), names.end(), "layer_norm"));
    EXPECT_TRUE(std::binary_search(names.begin(), names.end(), "linear_bf16_w128"));
    EXPECT_EQ(unimed_host_kernel_name(names.size()), nullptr);
}

TEST(Runtime, SaysWhatAKernelTakes) {
    constexpr std::uint16_t pointer = 1 << 12 | 8;
    constexpr std::uint16_t integer = 2 << 12 | 4;
    constexpr std::uint16_t real = 3 << 12 | 4;
    const auto parameters = [](const char *name) {
        const void *kernel = nullptr;
        require(unimed_host_find_kernel(name, &kernel));
        std::vector<std::uint16_t> codes;
        for (const std::uint16_t *code = unimed_host_kernel_parameters(kernel); *code != 0; code++)
            codes.push_back(*code);
        return codes;
    };
    EXPECT_EQ(parameters("rms_norm"), (std::vector<std::uint16_t>{pointer, pointer, pointer, integer, real}));
    EXPECT_EQ(parameters("test_divergent_barrier"), std::vector<std::uint16_t>{integer});
    EXPECT_EQ(parameters("test_too_much_shared"), std::vector<std::uint16_t>{});
    EXPECT_EQ(unimed_host_kernel_parameters(nullptr), nullptr);
}

TEST(Runtime, MemoryCallsCheckTheirBounds) {
    const std::uint64_t before = unimed_host_bytes_in_use();
    const RawMemory memory(100);
    EXPECT_EQ(unimed_host_bytes_in_use(), before + 100);
    std::vector<char> bytes(200);
    EXPECT_EQ(unimed_host_copy_to_device(memory.get(), bytes.data(), 101), code(Status::InvalidValue));
    EXPECT_EQ(unimed_host_copy_to_host(bytes.data(), memory.as<char>().at + 1, 100), code(Status::InvalidValue));
    EXPECT_EQ(unimed_host_copy_on_device(memory.get(), bytes.data(), 1), code(Status::InvalidValue));
    EXPECT_EQ(unimed_host_fill(memory.get(), 0, 101), code(Status::InvalidValue));
    EXPECT_EQ(unimed_host_fill(memory.get(), 0, 100), 0);
    EXPECT_EQ(unimed_host_copy_to_host(bytes.data(), memory.get(), 100), 0);
    EXPECT_EQ(bytes[99], 0);
    void *huge = &huge;
    EXPECT_EQ(unimed_host_allocate(UINT64_MAX - 100, &huge), code(Status::OutOfMemory));
    EXPECT_EQ(huge, nullptr);
    EXPECT_EQ(unimed_host_free(nullptr), 0);
}

TEST(Runtime, NewMemoryIsNotANumber) {
    const RawMemory memory(64);
    std::vector<float> values(16);
    require(unimed_host_copy_to_host(values.data(), memory.get(), 64));
    for (const float value : values)
        EXPECT_TRUE(std::isnan(value));
}

TEST(Runtime, ALaunchAfterAnErrorIsUnharmed) {
    DeviceArray<float> out(128);
    for (int i = 0; i < 50; i++) {
        EXPECT_EQ(try_launch("test_incomplete_shuffle", {}, 128, 31, out.global()), code(Status::LaunchFailed));
        EXPECT_EQ(try_launch("test_incomplete_shuffle", {}, 128, 32, out.global()), 0);
        EXPECT_STREQ(unimed_host_error(), "");
    }
    EXPECT_EQ(out.download(), std::vector<float>(128, 1.0f));
}

TEST(Runtime, ARaceIsAnError) {
    const DeviceArray<float> out(64);
    ASSERT_EQ(try_launch("test_race", {}, 64, out.global()), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("thread 1: race: it writes 4 bytes at offset 4 of shared memory, which thread 0 read or wrote with no barrier"))
        << unimed_host_error();
    const Reversed reversed;
    ASSERT_EQ(try_launch("test_race", {}, 64, out.global()), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("thread 62: race: it reads 4 bytes at offset 252 of shared memory, which thread 63 wrote with no barrier"))
        << unimed_host_error();
}

TEST(Runtime, ABarrierOfTheWarpOrdersTheWarpOnly) {
    const DeviceArray<float> out(64);
    EXPECT_EQ(try_launch("test_warp_exchange", {}, 64, out.global(), 1), 0) << unimed_host_error();
    ASSERT_EQ(try_launch("test_warp_exchange", {}, 64, out.global(), 32), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("race")) << unimed_host_error();
}

TEST(Runtime, AWriteAfterAReadOfAnotherWarpIsARace) {
    const DeviceArray<float> out(64);
    EXPECT_EQ(try_launch("test_overwrite", {}, 64, out.global(), 1), 0) << unimed_host_error();
    ASSERT_EQ(try_launch("test_overwrite", {}, 64, out.global(), 0), code(Status::LaunchFailed));
    EXPECT_TRUE(error_says("4 bytes at offset 0 of shared memory, which thread")) << unimed_host_error();
}

TEST(Runtime, ARaceShowsAsPoisonOrAsADifferenceBetweenOrders) {
    const WithoutRaceCheck unchecked;
    DeviceArray<float> out(64);
    launch("test_race", {}, 64, out.global());
    const std::vector<float> forward = out.download();
    const Reversed reversed;
    launch("test_race", {}, 64, out.global());
    const std::vector<float> backward = out.download();
    EXPECT_TRUE(std::isnan(forward[0]));
    EXPECT_EQ(backward[0], 1.0f);
}

TEST(Runtime, BarriersPassNumbersOnInBothOrdersAndOnAnyNumberOfThreads) {
    std::vector<float> expected(20 * 256);
    for (std::size_t i = 0; i < expected.size(); i++)
        expected[i] = static_cast<float>((i + 100) % 256);
    DeviceArray<float> out(20 * 256);
    for (const std::uint32_t threads : {1u, 3u}) {
        const WithThreads set(threads);
        launch("test_ring", {20}, 256, out.global(), 100);
        EXPECT_EQ(out.download(), expected);
        const Reversed reversed;
        launch("test_ring", {20}, 256, out.global(), 100);
        EXPECT_EQ(out.download(), expected);
    }
    const Counting counting;
    launch("test_ring", {20}, 256, out.global(), 100);
    EXPECT_EQ(counting.counters().barriers, 20u * 100u);
}

struct Cost {
    std::uint64_t sectors;
    std::uint64_t conflicts;
};

Cost cost_of(int bytes, int stride) {
    const RawMemory in(4096 * sizeof(float));
    const WithoutRaceCheck unchecked; // a stride of 0 stores to one place
    const Counting counting;
    launch("test_strides", {}, 32, Global<const float>(in.as<const float>()), bytes, stride);
    const unimed_counters c = counting.counters();
    EXPECT_EQ(c.global_load_bytes, 32u * static_cast<unsigned>(bytes));
    EXPECT_EQ(c.global_load_requests, 1u);
    EXPECT_EQ(c.shared_store_requests, 1u);
    EXPECT_EQ(c.shared_load_requests, 1u);
    EXPECT_EQ(c.shared_load_conflicts, c.shared_store_conflicts);
    return {c.global_load_sectors, c.shared_load_conflicts};
}

TEST(Counters, SectorsAndBankConflictsOfStridedAccesses) {
    const auto expect = [](int bytes, int stride, std::uint64_t sectors, std::uint64_t conflicts) {
        const Cost cost = cost_of(bytes, stride);
        EXPECT_EQ(cost.sectors, sectors) << bytes << " bytes, stride " << stride;
        EXPECT_EQ(cost.conflicts, conflicts) << bytes << " bytes, stride " << stride;
    };
    expect(4, 1, 4, 0);
    expect(4, 0, 1, 0); // a broadcast
    expect(4, 2, 8, 1);
    expect(4, 8, 32, 7);
    expect(4, 32, 32, 31);
    expect(4, 33, 32, 0);
    expect(8, 2, 8, 0);
    expect(8, 4, 16, 2); // twice the banks in each half of the warp
    expect(16, 4, 16, 0);
    expect(16, 8, 32, 4);
    expect(16, 36, 32, 0);
}

TEST(Counters, AccessesOfALoopWithDifferentLengthsBelongTogetherByTheirTurn) {
    const RawMemory in(32 * 32 * sizeof(float));
    require(unimed_host_fill(in.get(), 0, 32 * 32 * sizeof(float)));
    const DeviceArray<float> out(32);
    const Counting counting;
    launch("test_ragged_loads", {}, 32, Global<const float>(in.as<const float>()), out.global());
    const unimed_counters c = counting.counters();
    EXPECT_EQ(c.global_load_requests, 32u);
    EXPECT_EQ(c.global_load_bytes, 4u * 32u * 33u / 2u);
    // Turn i is taken by lanes i..31, each in a line of its own.
    EXPECT_EQ(c.global_load_sectors, 8u * (4u + 3u + 2u + 1u));
    EXPECT_EQ(c.global_store_requests, 1u);
    EXPECT_EQ(c.global_store_sectors, 4u);
}

TEST(Counters, AWatchedAllocationKnowsHowOftenEachByteWasRead) {
    const RawMemory in(300 * sizeof(float));
    const DeviceArray<float> out(256);
    const Counting counting;
    require(unimed_host_watch(in.get()));
    launch("test_read", {2}, 128, Global<const float>(in.as<const float>()), out.global(), 0, 100);
    unimed_traffic traffic{};
    require(unimed_host_traffic(in.get(), &traffic));
    EXPECT_EQ(traffic.bytes, 1024u);
    EXPECT_EQ(traffic.requests, 8u);
    // 228 floats, of which 28 are read by both blocks; sectors at the seam are counted once.
    EXPECT_EQ(counting.counters().global_load_distinct_sectors, (228u + 7u) / 8u);
    EXPECT_EQ(counting.counters().global_store_distinct_sectors, 256u / 8u);
    EXPECT_EQ(traffic.least_reads, 0u); // past 228
    EXPECT_EQ(traffic.most_reads, 2u);
    EXPECT_EQ(unimed_host_traffic(out.data(), &traffic), code(Status::InvalidValue));
}

} // namespace
} // namespace unimed
