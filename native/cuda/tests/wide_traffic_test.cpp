// What the wide products cost, launch by launch, counted: performance that needs no card to be asserted.

#include <gtest/gtest.h>

#include "tests/linear_case.h"
#include "tests/quantized_case.h"

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

template <class Case>
Measured count_launches(const Case &layer, const std::string &format, const LinearKernel &kernel) {
    const auto packed = layer.packed();
    const std::size_t bytes = packed.size() * sizeof(packed[0]);
    const RawMemory weights(bytes);
    require(unimed_host_copy_to_device(weights.get(), packed.data(), bytes));
    require(unimed_host_watch(weights.get()));
    const Counting counting;
    const WideRun run(layer, format, kernel, weights.as<const Words4>(), false);
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

/// A layer [out, In] of weights in a format.
Measured run_counted(const std::string &format, const LinearKernel &kernel, int tokens, int out, Epilogue epilogue, bool bias,
                     bool residual) {
    if (format == "f16")
        return count_launches(LinearCase<Float16>(tokens, In, out, epilogue, bias, residual, 1), format, kernel);
    return count_launches(QuantizedCase(format == "int8" ? 8 : 4, tokens, In, out, epilogue, bias, residual, 1), format, kernel);
}

/// Where the weights' format makes no difference.
Measured run_counted(const LinearKernel &kernel, int tokens, bool residual) {
    return run_counted("f16", kernel, tokens, Out, Epilogue::None, false, residual);
}

/// Bytes of a tile's stage of 64 columns: values, and scales.
std::uint64_t stage_bytes(const std::string &format) {
    return format == "f16" ? 2048 : format == "int8" ? 1024 + 64 : 512 + 64;
}

/// Each width, split and not.
constexpr LinearKernel EachWidth[] = {WideKernels[0], WideKernels[2], WideKernels[4]};

class WideTraffic : public testing::TestWithParam<const char *> {};

INSTANTIATE_TEST_SUITE_P(Formats, WideTraffic, testing::Values("f16", "int8", "int4"));

std::uint64_t blocks(int work, int each) {
    return static_cast<std::uint64_t>((work + each - 1) / each);
}

TEST(WideLaunches, ActivationsAreReadAndRoundedOnceInWholeSectors) {
    for (const LinearKernel &kernel : WideKernels) {
        const Measured run = run_counted(kernel, 104, false);
        EXPECT_EQ(run.operands.global_load_bytes, 104u * In * 4) << kernel.name();
        EXPECT_EQ(run.operands.global_load_sectors * 32, run.operands.global_load_bytes) << kernel.name();
        EXPECT_EQ(run.operands.global_store_bytes, run.operand_bytes) << kernel.name();
        EXPECT_EQ(run.operands.global_store_sectors * 32, run.operand_bytes) << kernel.name();
    }
}

TEST(WideLaunches, PartsAreWrittenOnceAndReadOnce) {
    for (const LinearKernel &kernel : WideKernels) {
        if (kernel.splits == 1)
            continue;
        const Measured run = run_counted(kernel, 104, false);
        EXPECT_EQ(run.product.global_store_bytes, run.part_bytes) << kernel.name();
        EXPECT_EQ(run.product.global_store_sectors * 32, run.part_bytes) << kernel.name();
        EXPECT_EQ(run.sum.global_load_bytes, run.part_bytes) << kernel.name();
        EXPECT_EQ(run.sum.global_load_sectors * 32, run.part_bytes) << kernel.name();
    }
}

TEST(WideLaunches, ResidualsAndOutputsMoveInWholeSectors) {
    for (const LinearKernel &kernel : WideKernels) {
        const Measured run = run_counted(kernel, kernel.tokens, true);
        const unimed_counters &last = kernel.splits > 1 ? run.sum : run.product;
        const std::uint64_t outputs = static_cast<std::uint64_t>(kernel.tokens) * Out * 4;
        EXPECT_EQ(last.global_load_sectors * 32, last.global_load_bytes) << kernel.name();
        EXPECT_EQ(last.global_store_bytes, outputs) << kernel.name();
        EXPECT_EQ(last.global_store_sectors * 32, outputs) << kernel.name();
    }
}

TEST_P(WideTraffic, WeightsAreReadOnceForEachBlockOfTokensAndOperandsOnceForEach128Rows) {
    for (const int out : {96, 200})
        for (const LinearKernel &kernel : EachWidth) {
            const Measured run = run_counted(GetParam(), kernel, 104, out, Epilogue::None, false, false);
            EXPECT_EQ(run.weights.least_reads, blocks(104, kernel.tokens)) << kernel.name();
            EXPECT_EQ(run.weights.most_reads, blocks(104, kernel.tokens)) << kernel.name();
            EXPECT_EQ(run.weights.sectors * 32, run.weights.bytes) << kernel.name();
            // g++ gives lanes that copy scales a path of their own, so what they ask for with others is counted apart.
            if (GetParam() == std::string("f16")) {
                EXPECT_EQ(run.weights.requests * 512, run.weights.bytes) << kernel.name();
            }
            EXPECT_EQ(run.product.global_load_bytes - run.weights.bytes, blocks(out, 128) * run.operand_bytes) << kernel.name();
        }
}

TEST_P(WideTraffic, WhatMustComeFromMemoryIsTheFloor) {
    for (const LinearKernel &kernel : EachWidth) {
        const Measured run = run_counted(GetParam(), kernel, kernel.tokens, Out, Epilogue::Gelu, true, false);
        const std::uint64_t outputs = static_cast<std::uint64_t>(kernel.tokens) * Out * 4;
        const std::uint64_t stored = In / 64 * (Out / 16) * stage_bytes(GetParam());
        const bool split = kernel.splits > 1;
        EXPECT_EQ(run.product.global_load_distinct_sectors * 32, stored + run.operand_bytes + (split ? 0u : Out * 4u)) << kernel.name();
        EXPECT_EQ(run.product.global_store_distinct_sectors * 32, split ? run.part_bytes : outputs) << kernel.name();
        if (split) {
            EXPECT_EQ(run.sum.global_load_distinct_sectors * 32, run.part_bytes + Out * 4u) << kernel.name();
            EXPECT_EQ(run.sum.global_store_distinct_sectors * 32, outputs) << kernel.name();
        }
    }
}

TEST_P(WideTraffic, EveryMmaIsCountedAndNoneIsWasted) {
    // 6 tiles, 88 steps, one mma for each 8 tokens; a warp that has no row or no token multiplies nothing.
    for (const LinearKernel &kernel : EachWidth) {
        const auto token_tiles = static_cast<std::uint64_t>(kernel.tokens / 8);
        const auto mma = [&](int tokens) { return run_counted(GetParam(), kernel, tokens, Out, Epilogue::None, false, false).product.mma; };
        EXPECT_EQ(mma(kernel.tokens), 6 * 88 * token_tiles) << kernel.name();
        EXPECT_EQ(mma(kernel.tokens / 2), 6 * 88 * token_tiles / 2) << kernel.name();
        // A warp of quantized weights that has 64 tokens leaves out the second half of them.
        const bool halves = kernel.tokens == 128 && GetParam() != std::string("f16");
        EXPECT_EQ(mma(kernel.tokens + 1), 6 * 88 * (token_tiles + token_tiles / (halves ? 4 : 2))) << kernel.name();
    }
}

TEST_P(WideTraffic, NothingHasABankConflict) {
    for (const LinearKernel &kernel : EachWidth)
        for (const Epilogue epilogue : {Epilogue::None, Epilogue::SwiGlu}) {
            const Measured run = run_counted(GetParam(), kernel, kernel.tokens, Out, epilogue, false, true);
            EXPECT_GT(run.product.shared_load_requests, 0u);
            EXPECT_EQ(run.product.shared_load_conflicts, 0u) << kernel.name();
            EXPECT_EQ(run.product.shared_store_conflicts, 0u) << kernel.name();
        }
}

} // namespace
} // namespace unimed
