#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "tests/experts_case.h"

namespace unimed {
namespace {

template <class Element>
void check(const ExpertsCase<Element> &layer) {
    const std::vector<float> output = layer.run();
    for (int token = 0; token < layer.rows; token++) {
        const auto expected = layer.expected(token);
        for (int row = 0; row < layer.out; row++) {
            const auto &at = expected[static_cast<std::size_t>(row)];
            ASSERT_NEAR(output[layer.size(token, layer.out) + static_cast<std::size_t>(row)], at.value, at.bound)
                << layer.rows << " rows, " << layer.experts << " experts [" << layer.out << ", " << layer.hidden << ", " << layer.in
                << "], token " << token << ", row " << row;
        }
    }
}

template <class Element>
void check_random_shapes() {
    std::mt19937 generator(21);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(generator); };
    for (int trial = 0; trial < 16; trial++) {
        const int hidden = trial % 4 == 3 ? 0 : pick(1, 150);
        ExpertsCase<Element> layer(pick(1, 75), pick(1, 6), trial % 2 == 0 ? pick(1, 50) * 4 : pick(1, 200), hidden, pick(1, 140),
                                   static_cast<std::uint32_t>(trial));
        layer.keep_only(pick(1, layer.experts));
        check(layer);
    }
}

TEST(Experts, Float16IsTheFormulaForRandomShapes) {
    check_random_shapes<Float16>();
}

TEST(Experts, BFloat16IsTheFormulaForRandomShapes) {
    check_random_shapes<BFloat16>();
}

TEST(Experts, AnImageOfTheSmallModel) {
    check(ExpertsCase<BFloat16>(36, 5, 704, 256, 256, 1));
}

TEST(Experts, ATokenThatChoosesNobodyIsZero) {
    ExpertsCase<Float16> layer(3, 2, 40, 30, 20, 2);
    layer.routing[2] = layer.routing[3] = 0.0f;
    const std::vector<float> output = layer.run();
    for (std::size_t i = 20; i < 40; i++)
        EXPECT_EQ(output[i], 0.0f);
    check(layer);
}

TEST(Experts, ATokenGivesTheSameBitsInAnyCompany) {
    for (const int hidden : {100, 0}) {
        ExpertsCase<Float16> layer(150, 3, 130, hidden, 90, 3);
        layer.keep_only(2);
        const std::vector<float> all = layer.run();
        const WithThreads threads(3);
        const Reversed reversed;
        EXPECT_EQ(layer.run(), all);
        for (const auto &[first, count] : {std::pair{0, 1}, {1, 64}, {63, 2}, {70, 80}, {149, 1}})
            EXPECT_EQ(layer.part(first, count).run(), std::vector<float>(all.begin() + first * 90, all.begin() + (first + count) * 90))
                << count << " tokens from " << first;
    }
}

TEST(Experts, NumbersThatAreNoneStayWithTheirToken) {
    ExpertsCase<Float16> layer(10, 2, 50, 70, 30, 4);
    layer.tokens[4 * 50 + 49] = std::nanf("");
    layer.routing[2 * 7 + 1] = std::nanf("");
    const std::vector<float> output = layer.run();
    for (int token = 0; token < 10; token++)
        for (int row = 0; row < 30; row++)
            EXPECT_EQ(std::isfinite(output[static_cast<std::size_t>(token * 30 + row)]), token != 4 && token != 7);
}

TEST(Experts, WhatAnExpertWouldMakeOfATokenThatDidNotChooseItDoesNotMatter) {
    ExpertsCase<Float16> layer(6, 2, 32, 40, 30, 5);
    for (int token = 0; token < 6; token++)
        layer.routing[static_cast<std::size_t>(2 * token + (token < 3 ? 1 : 0))] = 0.0f;
    const std::vector<float> clean = layer.run();
    // Infinite weights of expert 1, which only tokens 3-5 chose.
    for (std::size_t i = 40 * 32; i < 2 * 40 * 32; i++)
        layer.first[i] = ExpertsCase<Float16>::narrow(HUGE_VAL);
    const std::vector<float> output = layer.run();
    for (std::size_t i = 0; i < 6 * 30; i++) {
        const bool chose = i >= 3 * 30;
        EXPECT_EQ(std::isfinite(output[i]), !chose);
        EXPECT_EQ(output[i] == clean[i], !chose);
    }
}

// Weights of both layers, and how often their bytes were read.
struct Traffic {
    unimed_traffic first{}, last{};
};

Traffic traffic_of(const ExpertsCase<Float16> &layer) {
    const std::vector<Words4> first = layer.packed_first(), last = layer.packed_last();
    const RawMemory first_memory(first.size() * sizeof(Words4)), last_memory(last.size() * sizeof(Words4));
    require(unimed_host_copy_to_device(first_memory.get(), first.data(), first.size() * sizeof(Words4)));
    require(unimed_host_copy_to_device(last_memory.get(), last.data(), last.size() * sizeof(Words4)));
    require(unimed_host_watch(first_memory.get()));
    require(unimed_host_watch(last_memory.get()));
    const Counting counting;
    (void)layer.run({first_memory.as<const Words4>().at}, {last_memory.as<const Words4>().at});
    Traffic traffic;
    require(unimed_host_traffic(first_memory.get(), &traffic.first));
    require(unimed_host_traffic(last_memory.get(), &traffic.last));
    return traffic;
}

TEST(ExpertsTraffic, OneToSixtyFourTokensReadEveryWeightByteOnceInWholeSectors) {
    for (const int tokens : {1, 40, 64}) {
        const Traffic traffic = traffic_of(ExpertsCase<Float16>(tokens, 3, 192, 128, 96, 6));
        for (const unimed_traffic &weights : {traffic.first, traffic.last}) {
            EXPECT_EQ(weights.least_reads, 1u);
            EXPECT_EQ(weights.most_reads, 1u);
            EXPECT_EQ(weights.sectors * 32, weights.bytes);
            EXPECT_EQ(weights.requests * 512, weights.bytes);
        }
        EXPECT_EQ(traffic.first.bytes, 3u * 192u * 128u * 2u);
        EXPECT_EQ(traffic.last.bytes, 3u * 128u * 96u * 2u);
    }
}

TEST(ExpertsTraffic, AnExpertThatNobodyChoseIsNotRead) {
    ExpertsCase<Float16> layer(64, 5, 192, 128, 96, 7);
    for (std::size_t i = 0; i < layer.routing.size(); i++)
        if (i % 5 != 1 && i % 5 != 4)
            layer.routing[i] = 0.0f;
    const Traffic traffic = traffic_of(layer);
    EXPECT_EQ(traffic.first.bytes, 2u * 192u * 128u * 2u);
    EXPECT_EQ(traffic.last.bytes, 2u * 128u * 96u * 2u);
    EXPECT_EQ(traffic.first.least_reads, 0u);
    EXPECT_EQ(traffic.first.most_reads, 1u);
    EXPECT_EQ(traffic.last.least_reads, 0u);
    EXPECT_EQ(traffic.last.most_reads, 1u);
}

TEST(ExpertsTraffic, AnExpertReadsItsWeightsOnceForEverySixtyFourTokensThatChoseIt) {
    ExpertsCase<Float16> layer(128, 2, 64, 64, 64, 8);
    layer.keep_only(1);
    // 64 tokens each, scattered over 128 rows.
    EXPECT_EQ(traffic_of(layer).first.bytes, 2u * 64u * 64u * 2u);
}

TEST(ExpertsTraffic, TheLayersHaveNoBankConflictAndMoveWholeSectors) {
    const ExpertsCase<Float16> layer(64, 2, 256, 128, 64, 9);
    const DeviceArray<Words4> weights(layer.packed_first());
    const DeviceArray<float> bias(layer.first_bias), routing(layer.routing), tokens(layer.tokens);
    DeviceArray<std::uint16_t> operands(64 * 256), hidden(2 * 64 * 128);
    const Counting counting;
    launch("expert_tokens_f16", {64}, 256, tokens.constant(), operands.global(), 256);
    EXPECT_EQ(counting.counters().global_load_sectors * 32, counting.counters().global_load_bytes);
    EXPECT_EQ(counting.counters().global_store_sectors * 32, counting.counters().global_store_bytes);

    launch("expert_hidden_f16", layer.grid(128), 256, weights.constant(), bias.constant(), operands.constant(), routing.constant(),
           hidden.global(), 64, 2, 256, 128);
    const unimed_counters c = counting.counters();
    EXPECT_GT(c.shared_load_requests, 0u);
    EXPECT_EQ(c.shared_load_conflicts, 0u);
    EXPECT_EQ(c.shared_store_conflicts, 0u);
    // 2 experts, 2 blocks of 64 rows, 4 tiles, 16 steps, 8 tiles of tokens.
    EXPECT_EQ(c.mma, 2u * 2u * 4u * 16u * 8u);
    EXPECT_EQ(c.global_store_bytes, 2u * 64u * 128u * 2u);
    EXPECT_EQ(c.global_store_sectors * 32, c.global_store_bytes);
    // Weights once, activations once for each block, bias four numbers a thread, and the routing weights, a column in the stride of the
    // experts.
    const std::uint64_t weight_bytes = 2u * 256u * 128u * 2u, operand_bytes = 4u * 64u * 256u * 2u, bias_bytes = 4u * 64u * 64u * 4u;
    EXPECT_EQ(c.global_load_bytes, weight_bytes + operand_bytes + bias_bytes + 4u * 64u * 4u);
}

TEST(OperandRows, PlacesArePermutationsThatKeepFourNeighboursTogether) {
    std::vector<int> seen(256, 0);
    for (int column = 0; column < 256; column++) {
        const int place = connector::operand_place(column);
        seen[static_cast<std::size_t>(place)]++;
        EXPECT_EQ(place / 32, column / 32);
        EXPECT_EQ(place, connector::operand_place(column / 4 * 4) + column % 4);
    }
    EXPECT_EQ(seen, std::vector<int>(256, 1));
}

} // namespace
} // namespace unimed
