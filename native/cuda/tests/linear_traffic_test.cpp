// What the kernels for up to 32 tokens cost, counted: performance that needs no card to be asserted.

#include <gtest/gtest.h>

#include "tests/linear_case.h"

namespace unimed {
namespace {

constexpr int In = 1408;
constexpr int Out = 96;

struct Measured {
    unimed_counters counters{};
    unimed_traffic weights{};
};

template <class Element>
Measured run_counted(const LinearCase<Element> &layer, const LinearKernel &kernel) {
    const std::vector<Words4> packed = layer.packed();
    const RawMemory weights(packed.size() * sizeof(Words4));
    require(unimed_host_copy_to_device(weights.get(), packed.data(), packed.size() * sizeof(Words4)));
    require(unimed_host_watch(weights.get()));
    const Counting counting;
    (void)layer.run(kernel, Global<const Words4>(weights.as<const Words4>()));
    Measured run{counting.counters(), {}};
    require(unimed_host_traffic(weights.get(), &run.weights));
    return run;
}

TEST(LinearTraffic, OneToThirtyTwoTokensReadEveryWeightByteOnceInWholeSectors) {
    for (const int tokens : {1, 8, 9, 16, 17, 32}) {
        const LinearCase<Float16> layer(tokens, In, Out, Epilogue::None, true, false, 1);
        const LinearKernel &kernel = NarrowKernels[tokens <= 8 ? 0 : tokens <= 16 ? 1 : 2];
        const Measured run = run_counted(layer, kernel);
        EXPECT_EQ(run.weights.bytes, static_cast<std::uint64_t>(In) * Out * 2);
        EXPECT_EQ(run.weights.least_reads, 1u);
        EXPECT_EQ(run.weights.most_reads, 1u);
        EXPECT_EQ(run.weights.sectors * 32, run.weights.bytes);
        EXPECT_EQ(run.weights.requests * 512, run.weights.bytes);
    }
}

TEST(LinearTraffic, WhatMustComeFromMemoryIsTheFloor) {
    for (const LinearKernel &kernel : NarrowKernels) {
        const LinearCase<Float16> layer(kernel.tokens, In, Out, Epilogue::Gelu, true, false, 7);
        const Measured run = run_counted(layer, kernel);
        const auto tokens = static_cast<std::uint64_t>(kernel.tokens);
        EXPECT_EQ(run.counters.global_load_distinct_sectors * 32, In * Out * 2u + tokens * In * 4 + Out * 4u) << kernel.name();
        EXPECT_EQ(run.counters.global_store_distinct_sectors * 32, tokens * Out * 4) << kernel.name();
    }
}

TEST(LinearTraffic, TheGatedPairReadsEveryWeightByteOnce) {
    const LinearCase<BFloat16> layer(1, In, Out, Epilogue::SwiGlu, false, false, 1);
    const Measured run = run_counted(layer, NarrowKernels[0]);
    EXPECT_EQ(run.weights.bytes, static_cast<std::uint64_t>(In) * Out * 2 * 2);
    EXPECT_EQ(run.weights.most_reads, 1u);
    EXPECT_EQ(run.weights.least_reads, 1u);
}

TEST(LinearTraffic, EveryMmaIsCountedAndNoneIsWasted) {
    // 6 tiles, 88 steps, one mma for each 8 tokens.
    EXPECT_EQ(run_counted(LinearCase<Float16>(5, In, Out, Epilogue::None, false, false, 3), NarrowKernels[0]).counters.mma, 6u * 88u);
    EXPECT_EQ(run_counted(LinearCase<Float16>(30, In, Out, Epilogue::None, false, false, 3), NarrowKernels[2]).counters.mma, 6u * 88u * 4u);
}

TEST(LinearTraffic, NoKernelHasABankConflict) {
    for (const LinearKernel &kernel : NarrowKernels)
        for (const Epilogue epilogue : {Epilogue::None, Epilogue::SwiGlu}) {
            const Measured run = run_counted(LinearCase<Float16>(kernel.tokens, In, Out, epilogue, false, true, 4), kernel);
            EXPECT_GT(run.counters.shared_load_requests, 0u);
            EXPECT_EQ(run.counters.shared_load_conflicts, 0u) << kernel.name();
            EXPECT_EQ(run.counters.shared_store_conflicts, 0u) << kernel.name();
        }
}

TEST(LinearTraffic, ActivationsAndOutputsMoveInWholeSectors) {
    for (const LinearKernel &kernel : NarrowKernels) {
        const Measured run = run_counted(LinearCase<Float16>(kernel.tokens, In, Out, Epilogue::None, false, true, 5), kernel);
        EXPECT_EQ(run.counters.global_load_sectors * 32, run.counters.global_load_bytes) << kernel.name();
        EXPECT_EQ(run.counters.global_store_sectors * 32, run.counters.global_store_bytes) << kernel.name();
        EXPECT_EQ(run.counters.global_store_bytes, static_cast<std::uint64_t>(kernel.tokens) * Out * 4) << kernel.name();
    }
}

TEST(LinearTraffic, ActivationsAreReadOnceForEachBlockOfWeightRows) {
    for (const LinearKernel &kernel : NarrowKernels) {
        const Measured run = run_counted(LinearCase<Float16>(kernel.tokens, In, Out, Epilogue::None, false, false, 6), kernel);
        const auto blocks = static_cast<std::uint64_t>((Out / 16 + kernel.tiles - 1) / kernel.tiles);
        EXPECT_EQ(run.counters.global_load_bytes - run.weights.bytes, blocks * static_cast<std::uint64_t>(kernel.tokens) * In * 4)
            << kernel.name();
    }
}

} // namespace
} // namespace unimed
