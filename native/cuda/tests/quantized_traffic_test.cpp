// What the quantized kernels for few tokens cost, counted; those for many are counted in wide_traffic_test.cpp.

#include <span>

#include <gtest/gtest.h>

#include "tests/quantized_case.h"

namespace unimed {
namespace {

constexpr int In = 1408;
constexpr int Out = 96;

/// Those for few tokens.
constexpr std::span FewTokens(QuantizedKernels, 3);

struct Measured {
    unimed_counters counters{};
    unimed_traffic weights{};
};

Measured run_counted(const QuantizedCase &layer, const LinearKernel &kernel) {
    const std::vector<std::uint8_t> packed = layer.packed();
    const RawMemory weights(packed.size());
    require(unimed_host_copy_to_device(weights.get(), packed.data(), packed.size()));
    require(unimed_host_watch(weights.get()));
    const Counting counting;
    (void)layer.run(kernel, weights.as<const Words4>());
    Measured run{counting.counters(), {}};
    require(unimed_host_traffic(weights.get(), &run.weights));
    return run;
}

// A weight is 8 or 4 bits, and 32 of them 16 more.
std::uint64_t stored_bytes(int bits, int rows = Out) {
    return static_cast<std::uint64_t>(In) * static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(2 * bits + 1) / 16;
}

class QuantizedTraffic : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Bits, QuantizedTraffic, testing::Values(8, 4));

TEST_P(QuantizedTraffic, OneToThirtyTwoTokensReadEveryWeightByteOnceInWholeSectors) {
    for (const int tokens : {1, 8, 9, 16, 17, 32}) {
        const QuantizedCase layer(GetParam(), tokens, In, Out, Epilogue::None, true, false, 1);
        ASSERT_EQ(layer.packed().size(), stored_bytes(GetParam()));
        const Measured run = run_counted(layer, QuantizedKernels[tokens <= 8 ? 0 : tokens <= 16 ? 1 : 2]);
        // As many sectors as the matrix has, and none left out: every one belongs to exactly one request.
        EXPECT_EQ(run.weights.sectors * 32, stored_bytes(GetParam()));
        EXPECT_EQ(run.weights.least_reads, 1u);
        // The four lanes of a row share its scales, in one request.
        EXPECT_EQ(run.weights.most_reads, 4u);
        EXPECT_EQ(run.weights.requests, 6u * 22u * (GetParam() == 8 ? 3u : 2u));
    }
}

TEST_P(QuantizedTraffic, WhatMustComeFromMemoryIsTheFloor) {
    for (const LinearKernel &kernel : FewTokens) {
        const QuantizedCase layer(GetParam(), kernel.tokens, In, Out, Epilogue::Gelu, true, false, 7);
        const Measured run = run_counted(layer, kernel);
        const auto tokens = static_cast<std::uint64_t>(kernel.tokens);
        EXPECT_EQ(run.counters.global_load_distinct_sectors * 32, stored_bytes(GetParam()) + tokens * In * 4 + Out * 4u) << kernel.suffix;
        EXPECT_EQ(run.counters.global_store_distinct_sectors * 32, tokens * Out * 4) << kernel.suffix;
    }
}

TEST_P(QuantizedTraffic, TheGatedPairReadsEveryWeightByteOnce) {
    const Measured run = run_counted(QuantizedCase(GetParam(), 1, In, Out, Epilogue::SwiGlu, false, false, 1), QuantizedKernels[0]);
    EXPECT_EQ(run.weights.sectors * 32, stored_bytes(GetParam(), 2 * Out));
    EXPECT_EQ(run.weights.least_reads, 1u);
}

// A block keeps them for all its row tiles where a slice fits; else it reads them for each.
TEST_P(QuantizedTraffic, ActivationsAreReadOnceForABlockThatHasRoomForThem) {
    for (const int kernel : {0, 1, 2}) {
        const int tokens = QuantizedKernels[kernel].tokens;
        QuantizedCase layer(GetParam(), tokens, 1024, Out, Epilogue::None, false, false, 6);
        layer.row_blocks = 2;
        const auto read = [&] {
            const Measured run = run_counted(layer, QuantizedKernels[kernel]);
            return run.counters.global_load_bytes - run.weights.bytes;
        };
        EXPECT_EQ(read(), 2u * static_cast<std::uint64_t>(tokens) * 1024 * 4) << tokens;
        layer.little_room = true;
        // Of two stages a slice, n8 and n16 have room for both at the least.
        EXPECT_EQ(read(), (kernel == 2 ? 6u : 2u) * static_cast<std::uint64_t>(tokens) * 1024 * 4) << tokens;
    }
}

TEST_P(QuantizedTraffic, EveryMmaIsCountedAndNoneIsWasted) {
    // 6 tiles, 88 steps, one mma for each 8 tokens.
    const auto count = [](int tokens, int kernel) {
        return run_counted(QuantizedCase(GetParam(), tokens, In, Out, Epilogue::None, false, false, 3), QuantizedKernels[kernel])
            .counters.mma;
    };
    EXPECT_EQ(count(5, 0), 6u * 88u);
    EXPECT_EQ(count(30, 2), 6u * 88u * 4u);
}

TEST_P(QuantizedTraffic, NoKernelHasABankConflict) {
    for (const LinearKernel &kernel : FewTokens)
        for (const Epilogue epilogue : {Epilogue::None, Epilogue::SwiGlu}) {
            const Measured run = run_counted(QuantizedCase(GetParam(), kernel.tokens, In, Out, epilogue, false, true, 4), kernel);
            EXPECT_GT(run.counters.shared_load_requests, 0u);
            EXPECT_EQ(run.counters.shared_load_conflicts, 0u) << kernel.suffix;
            EXPECT_EQ(run.counters.shared_store_conflicts, 0u) << kernel.suffix;
        }
}

} // namespace
} // namespace unimed
