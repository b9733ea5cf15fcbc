// What the wide products cost, launch by launch, counted: performance that needs no card to be asserted.

#include <gtest/gtest.h>

#include "tests/linear_case.h"

namespace unimed {
namespace {

constexpr int In = 1408;
constexpr int Out = 96;

/// Counters of each launch of a product, and the traffic of its weights.
struct Measured {
    unimed_counters operands{}, product{}, sum{};
    unimed_traffic weights{};
    std::uint64_t operand_bytes = 0;
    std::uint64_t part_bytes = 0;
};

Measured run_counted(const LinearCase<Float16> &layer, const LinearKernel &kernel) {
    const std::vector<Words4> packed = layer.packed();
    const RawMemory weights(packed.size() * sizeof(Words4));
    require(unimed_host_copy_to_device(weights.get(), packed.data(), packed.size() * sizeof(Words4)));
    require(unimed_host_watch(weights.get()));
    const Counting counting;
    const WideRun run(layer, "f16", kernel, weights.as<const Words4>(), false);
    Measured measured;
    run.operands();
    measured.operands = counting.counters();
    run.product();
    measured.product = counting.counters();
    if (kernel.splits > 1) {
        run.sum();
        measured.sum = counting.counters();
    }
    require(unimed_host_traffic(weights.get(), &measured.weights));
    measured.operand_bytes = static_cast<std::uint64_t>(run.token_tiles()) * 8 * In * 2;
    measured.part_bytes = static_cast<std::uint64_t>(run.parts()) * static_cast<std::uint64_t>(layer.tokens) * Out * 4;
    return measured;
}

std::uint64_t blocks(int work, int each) {
    return static_cast<std::uint64_t>((work + each - 1) / each);
}

TEST(WideTraffic, ActivationsAreReadAndRoundedOnceInWholeSectors) {
    for (const LinearKernel &kernel : WideKernels) {
        const Measured run = run_counted(LinearCase<Float16>(104, In, Out, Epilogue::None, true, false, 1), kernel);
        EXPECT_EQ(run.operands.global_load_bytes, 104u * In * 4) << kernel.name();
        EXPECT_EQ(run.operands.global_load_sectors * 32, run.operands.global_load_bytes) << kernel.name();
        EXPECT_EQ(run.operands.global_store_bytes, run.operand_bytes) << kernel.name();
        EXPECT_EQ(run.operands.global_store_sectors * 32, run.operand_bytes) << kernel.name();
    }
}

TEST(WideTraffic, WeightsAreReadOnceForEachBlockOfTokensAndOperandsOnceForEach128Rows) {
    for (const int out : {96, 200})
        for (const LinearKernel &kernel : WideKernels) {
            const Measured run = run_counted(LinearCase<Float16>(104, In, out, Epilogue::None, false, false, 2), kernel);
            EXPECT_EQ(run.weights.least_reads, blocks(104, kernel.tokens)) << kernel.name();
            EXPECT_EQ(run.weights.most_reads, blocks(104, kernel.tokens)) << kernel.name();
            EXPECT_EQ(run.weights.sectors * 32, run.weights.bytes) << kernel.name();
            EXPECT_EQ(run.weights.requests * 512, run.weights.bytes) << kernel.name();
            EXPECT_EQ(run.product.global_load_bytes - run.weights.bytes, blocks(out, 128) * run.operand_bytes) << kernel.name();
        }
}

TEST(WideTraffic, WhatMustComeFromMemoryIsTheFloor) {
    for (const LinearKernel &kernel : WideKernels) {
        const Measured run = run_counted(LinearCase<Float16>(kernel.tokens, In, Out, Epilogue::Gelu, true, false, 3), kernel);
        const std::uint64_t outputs = static_cast<std::uint64_t>(kernel.tokens) * Out * 4;
        const bool split = kernel.splits > 1;
        EXPECT_EQ(run.product.global_load_distinct_sectors * 32, In * Out * 2u + run.operand_bytes + (split ? 0u : Out * 4u))
            << kernel.name();
        EXPECT_EQ(run.product.global_store_distinct_sectors * 32, split ? run.part_bytes : outputs) << kernel.name();
        if (split) {
            EXPECT_EQ(run.sum.global_load_distinct_sectors * 32, run.part_bytes + Out * 4u) << kernel.name();
            EXPECT_EQ(run.sum.global_store_distinct_sectors * 32, outputs) << kernel.name();
        }
    }
}

TEST(WideTraffic, PartsAreWrittenOnceAndReadOnce) {
    for (const LinearKernel &kernel : WideKernels) {
        if (kernel.splits == 1)
            continue;
        const Measured run = run_counted(LinearCase<Float16>(104, In, Out, Epilogue::None, false, false, 4), kernel);
        EXPECT_EQ(run.product.global_store_bytes, run.part_bytes) << kernel.name();
        EXPECT_EQ(run.product.global_store_sectors * 32, run.part_bytes) << kernel.name();
        EXPECT_EQ(run.sum.global_load_bytes, run.part_bytes) << kernel.name();
        EXPECT_EQ(run.sum.global_load_sectors * 32, run.part_bytes) << kernel.name();
    }
}

TEST(WideTraffic, ResidualsAndOutputsMoveInWholeSectors) {
    for (const LinearKernel &kernel : WideKernels) {
        const Measured run = run_counted(LinearCase<Float16>(kernel.tokens, In, Out, Epilogue::None, false, true, 5), kernel);
        const unimed_counters &last = kernel.splits > 1 ? run.sum : run.product;
        const std::uint64_t outputs = static_cast<std::uint64_t>(kernel.tokens) * Out * 4;
        EXPECT_EQ(last.global_load_sectors * 32, last.global_load_bytes) << kernel.name();
        EXPECT_EQ(last.global_store_bytes, outputs) << kernel.name();
        EXPECT_EQ(last.global_store_sectors * 32, outputs) << kernel.name();
    }
}

TEST(WideTraffic, EveryMmaIsCountedAndNoneIsWasted) {
    // 6 tiles, 88 steps, one mma for each 8 tokens; a warp that has no row or no token multiplies nothing.
    for (const LinearKernel &kernel : WideKernels) {
        const auto token_tiles = static_cast<std::uint64_t>(kernel.tokens / 8);
        const auto mma = [&](int tokens) {
            return run_counted(LinearCase<Float16>(tokens, In, Out, Epilogue::None, false, false, 6), kernel).product.mma;
        };
        EXPECT_EQ(mma(kernel.tokens), 6 * 88 * token_tiles) << kernel.name();
        EXPECT_EQ(mma(kernel.tokens / 2), 6 * 88 * token_tiles / 2) << kernel.name();
        EXPECT_EQ(mma(kernel.tokens + 1), 6 * 88 * token_tiles * 3 / 2) << kernel.name();
    }
}

TEST(WideTraffic, NothingHasABankConflict) {
    for (const LinearKernel &kernel : WideKernels)
        for (const Epilogue epilogue : {Epilogue::None, Epilogue::SwiGlu}) {
            const Measured run = run_counted(LinearCase<Float16>(kernel.tokens, In, Out, epilogue, false, true, 7), kernel);
            EXPECT_GT(run.product.shared_load_requests, 0u);
            EXPECT_EQ(run.product.shared_load_conflicts, 0u) << kernel.name();
            EXPECT_EQ(run.product.shared_store_conflicts, 0u) << kernel.name();
        }
}

} // namespace
} // namespace unimed
