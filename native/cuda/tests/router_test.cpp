#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "connector/routing.h"
#include "linear/arguments.h"
#include "linear/repack.h"
#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

using connector::RouterKind;

template <class Element>
std::vector<std::uint16_t> narrow_all(const std::vector<float> &values) {
    std::vector<std::uint16_t> narrowed;
    for (const float value : values) {
        if constexpr (std::is_same_v<Element, Float16>)
            narrowed.push_back(to_float16(value).bits);
        else
            narrowed.push_back(to_bfloat16(value).bits);
    }
    return narrowed;
}

// A router's second layer after any first one.
template <class Element>
struct RouterCase {
    int rows, hidden, experts, tokens_per_image, folded_rows;
    RouterKind kind = RouterKind::Soft;
    int top_k = 0;
    std::vector<float> first, folded, bias;
    std::vector<std::uint16_t> fc2;

    RouterCase(int token_rows, int width, int expert_count, int image, int tasks, std::uint32_t seed)
        : rows(token_rows), hidden(width), experts(expert_count), tokens_per_image(image), folded_rows(tasks) {
        first = random_values(size(rows, hidden), seed);
        folded = random_values(size(folded_rows, hidden), seed + 1);
        fc2 = narrow_all<Element>(random_values(size(experts, hidden), seed + 2, 1 / std::sqrt(static_cast<float>(hidden))));
        bias = random_values(size(experts, 1), seed + 3);
    }

    static std::size_t size(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

    [[nodiscard]] std::vector<float> run() const {
        const DeviceArray<float> product(first), constant(folded), shift(bias);
        const DeviceArray<std::uint16_t> second(fc2);
        DeviceArray<float> weights(size(rows, experts));
        launch(std::is_same_v<Element, Float16> ? "router_f16" : "router_bf16", {static_cast<std::uint32_t>(rows)}, 512,
               first.empty() ? Global<const float>{nullptr} : product.constant(), constant.constant(), second.constant(), shift.constant(),
               weights.global(), hidden, experts, tokens_per_image, folded_rows, kind, top_k);
        return weights.download();
    }

    [[nodiscard]] std::vector<double> logits(int row) const {
        std::vector<double> result(static_cast<std::size_t>(experts));
        for (int e = 0; e < experts; e++) {
            double sum = static_cast<double>(bias[static_cast<std::size_t>(e)]);
            for (int k = 0; k < hidden; k++) {
                const auto column = static_cast<std::size_t>(k);
                const double x = static_cast<double>(folded[size(row % tokens_per_image % folded_rows, hidden) + column]) +
                                 (first.empty() ? 0.0 : static_cast<double>(first[size(row, hidden) + column]));
                sum += x / 2 * (1 + std::erf(x * std::sqrt(0.5))) * static_cast<double>(to_float(Element{fc2[size(e, hidden) + column]}));
            }
            result[static_cast<std::size_t>(e)] = sum;
        }
        return result;
    }

    [[nodiscard]] std::vector<double> expected(int row) const {
        std::vector<double> values = logits(row);
        std::vector<double> sorted = values;
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        double sum = 0;
        for (double &value : values) {
            if (kind == RouterKind::Soft)
                value = 1 / (1 + std::exp(-value));
            else
                value = value < sorted[static_cast<std::size_t>(top_k - 1)] ? 0 : std::exp(value - sorted[0]);
            sum += value;
        }
        for (double &value : values)
            value /= sum;
        return values;
    }
};

template <class Element>
void check(const RouterCase<Element> &router) {
    const std::vector<float> weights = router.run();
    for (int row = 0; row < router.rows; row++) {
        const std::vector<double> expected = router.expected(row);
        for (std::size_t e = 0; e < expected.size(); e++)
            ASSERT_NEAR(weights[router.size(row, router.experts) + e], expected[e], 3e-6)
                << router.rows << " rows, hidden " << router.hidden << ", " << router.experts << " experts, row " << row << ", expert "
                << e;
    }
}

template <class Element>
void check_random_shapes() {
    std::mt19937 generator(31);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(generator); };
    for (int trial = 0; trial < 16; trial++) {
        const int image = pick(1, 7);
        RouterCase<Element> router(image * pick(1, 3), trial % 2 == 0 ? pick(1, 900) * 4 : pick(1, 3000), pick(1, trial % 4 == 0 ? 20 : 6),
                                   image, pick(1, 4), static_cast<std::uint32_t>(trial));
        if (trial % 3 == 1) {
            router.kind = RouterKind::Sparse;
            router.top_k = pick(1, router.experts);
        }
        if (trial % 5 == 4)
            router.first.clear();
        check(router);
    }
}

TEST(Router, Float16IsTheFormulaForRandomShapes) {
    check_random_shapes<Float16>();
}

TEST(Router, BFloat16IsTheFormulaForRandomShapes) {
    check_random_shapes<BFloat16>();
}

TEST(Router, OneRowIsTheSameBitsInAnyBatch) {
    RouterCase<BFloat16> router(12, 3072, 5, 4, 1, 1);
    const std::vector<float> all = router.run();
    const WithThreads threads(3);
    const Reversed reversed;
    EXPECT_EQ(router.run(), all);
    for (int row = 0; row < 12; row++) {
        RouterCase<BFloat16> alone = router;
        alone.rows = 1;
        alone.first.assign(router.first.begin() + row * 3072, router.first.begin() + (row + 1) * 3072);
        EXPECT_EQ(alone.run(), std::vector<float>(all.begin() + row * 5, all.begin() + (row + 1) * 5));
    }
}

// Logits are the bias alone.
std::vector<float> weights_of(const std::vector<float> &logits, RouterKind kind, int top_k) {
    RouterCase<Float16> router(1, 8, static_cast<int>(logits.size()), 1, 1, 2);
    std::ranges::fill(router.fc2, std::uint16_t{0});
    router.bias = logits;
    router.kind = kind;
    router.top_k = top_k;
    return router.run();
}

TEST(Router, OfEqualLogitsTheLowerExpertIsKept) {
    EXPECT_EQ(weights_of({1, 3, 3, 3, 0}, RouterKind::Sparse, 2), (std::vector<float>{0, 0.5f, 0.5f, 0, 0}));
    EXPECT_EQ(weights_of({-0.0f, 0, 0}, RouterKind::Sparse, 1), (std::vector<float>{1, 0, 0}));
}

TEST(Router, ALogitThatIsNoNumberShowsInItsRow) {
    const float none = std::nanf("");
    for (const RouterKind kind : {RouterKind::Soft, RouterKind::Sparse})
        for (const float weight : weights_of({9, none, 1}, kind, 1))
            EXPECT_TRUE(std::isnan(weight));

    RouterCase<Float16> router(3, 40, 4, 3, 1, 3);
    const std::vector<float> clean = router.run();
    router.first[40 + 7] = none;
    const std::vector<float> weights = router.run();
    for (std::size_t i = 0; i < weights.size(); i++) {
        EXPECT_EQ(std::isnan(weights[i]), i / 4 == 1);
        EXPECT_EQ(weights[i] == clean[i], i / 4 != 1);
    }
}

TEST(Router, LogitsOfAnySizeGiveWeights) {
    EXPECT_EQ(weights_of({1000, 1000}, RouterKind::Soft, 0), (std::vector<float>{0.5f, 0.5f}));
    EXPECT_EQ(weights_of({1000, -1000}, RouterKind::Soft, 0), (std::vector<float>{1, 0}));
    EXPECT_EQ(weights_of({1000, -1000, 1000}, RouterKind::Sparse, 3), (std::vector<float>{0.5f, 0, 0.5f}));
}

TEST(Router, HardAndConstantWeights) {
    DeviceArray<float> weights(7 * 5);
    launch("routing_weights_fixed", {1}, 256, weights.global(), 7, 5, 3);
    std::vector<float> values = weights.download();
    for (std::size_t i = 0; i < values.size(); i++)
        EXPECT_EQ(values[i], i % 5 == 3 ? 1.0f : 0.0f);
    launch("routing_weights_fixed", {1}, 256, weights.global(), 7, 5, -1);
    EXPECT_EQ(weights.download(), std::vector<float>(35, 0.2f));
}

TEST(Router, AnExpertIsChosenWhereSomeTaskGivesItWeight) {
    // 300 weights of three tasks: more than a block has threads.
    std::vector<float> routing(3 * 300, 0.0f), chosen(300, 0.0f);
    for (std::size_t i = 0; i < 300; i += 7) {
        routing[i % 3 * 300 + i] = i % 2 == 0 ? 0.25f : std::nanf("");
        chosen[i] = 1.0f;
    }
    const DeviceArray<float> weights(routing);
    DeviceArray<float> any(300);
    launch("routing_weights_of_any", {2}, 256, weights.constant(), any.global(), 3, 300);
    EXPECT_EQ(any.download(), chosen);
}

TEST(Router, TheWholeRouterIsFoldFirstLayerAndSecond) {
    // fc1 [hidden, task columns + token columns], cut in two as it is loaded.
    constexpr int Task = 24, In = 40, Hidden = 72, Rows = 6;
    const std::vector<std::uint16_t> fc1 = narrow_all<Float16>(random_values(Hidden * (Task + In), 4, 0.2f));
    std::vector<std::uint16_t> halves[2];
    for (int row = 0; row < Hidden; row++)
        for (int column = 0; column < Task + In; column++)
            halves[column < Task ? 0 : 1].push_back(fc1[static_cast<std::size_t>(row * (Task + In) + column)]);
    const std::vector<float> task_tokens = random_values(2 * Task, 5), tokens = random_values(Rows * In, 6),
                             fc1_bias = random_values(Hidden, 7);
    RouterCase<Float16> router(Rows, Hidden, 5, 3, 2, 8);

    const auto linear = [](const std::vector<std::uint16_t> &weight, int in, const std::vector<float> &x, const std::vector<float> &shift,
                           int rows) {
        std::vector<Words4> fragments(unimed_fragment_bytes(Hidden, in) / sizeof(Words4));
        if (in != 0)
            unimed_repack_linear(weight.data(), Hidden, in, fragments.data());
        const DeviceArray<Words4> packed(fragments);
        const DeviceArray<float> input(x), bias(shift);
        DeviceArray<float> y(static_cast<std::size_t>(rows) * Hidden);
        const Global<const float> none{nullptr};
        launch("linear_f16_n8", {1, (Hidden + 15) / 16}, 256, packed.constant(), shift.empty() ? none : bias.constant(), input.constant(),
               none, y.global(), rows, in, Hidden, Epilogue::None);
        return y.download();
    };
    router.folded = linear(halves[0], Task, task_tokens, fc1_bias, 2);
    router.first = linear(halves[1], In, tokens, {}, Rows);
    const std::vector<float> weights = router.run();

    const auto rounded = [](float value) { return static_cast<double>(to_float(to_float16(value))); };
    for (int row = 0; row < Rows; row++) {
        std::vector<double> logits(router.bias.begin(), router.bias.end());
        for (int h = 0; h < Hidden; h++) {
            double x = static_cast<double>(fc1_bias[static_cast<std::size_t>(h)]);
            for (int k = 0; k < Task + In; k++) {
                const double operand = k < Task ? rounded(task_tokens[static_cast<std::size_t>(row % 3 % 2 * Task + k)])
                                                : rounded(tokens[static_cast<std::size_t>(row * In + k - Task)]);
                x += operand * static_cast<double>(to_float(Float16{fc1[static_cast<std::size_t>(h * (Task + In) + k)]}));
            }
            for (std::size_t e = 0; e < 5; e++)
                logits[e] += x / 2 * (1 + std::erf(x * std::sqrt(0.5))) *
                             static_cast<double>(to_float(Float16{router.fc2[e * Hidden + static_cast<std::size_t>(h)]}));
        }
        double sum = 0;
        for (const double logit : logits)
            sum += 1 / (1 + std::exp(-logit));
        for (std::size_t e = 0; e < 5; e++)
            EXPECT_NEAR(weights[static_cast<std::size_t>(row) * 5 + e], 1 / (1 + std::exp(-logits[e])) / sum, 3e-6);
    }

    // Without task columns every folded row is the bias.
    const std::vector<float> only_bias = linear({}, 0, {}, fc1_bias, 2);
    EXPECT_TRUE(std::equal(fc1_bias.begin(), fc1_bias.end(), only_bias.begin()));
    EXPECT_TRUE(std::equal(fc1_bias.begin(), fc1_bias.end(), only_bias.begin() + Hidden));
}

TEST(Router, ReadsEachNumberOfARowOnceInWholeSectors) {
    const RouterCase<Float16> router(4, 3072, 5, 4, 1, 9);
    const Counting counting;
    (void)router.run();
    const unimed_counters c = counting.counters();
    // The first layer, the folded row, fc2 and its bias.
    EXPECT_EQ(c.global_load_bytes, 4u * (2u * 3072u * 4u + 5u * 3072u * 2u + 5u * 4u));
    EXPECT_EQ(c.global_load_sectors, 4u * ((2u * 3072u * 4u + 5u * 3072u * 2u) / 32u + 1u));
    EXPECT_EQ(c.shared_load_conflicts + c.shared_store_conflicts, 0u);
}

} // namespace
} // namespace unimed
