#include <cmath>
#include <random>
#include <span>

#include <gtest/gtest.h>

#include "tests/linear_case.h"

namespace unimed {
namespace {

template <class Element>
void check(const LinearCase<Element> &layer, const std::vector<float> &y, const std::string &what) {
    for (int token = 0; token < layer.tokens; token++)
        for (int row = 0; row < layer.out; row++) {
            const auto expected = layer.expected(token, row);
            ASSERT_NEAR(y[LinearCase<Element>::size(token, layer.out) + static_cast<std::size_t>(row)], expected.value, expected.bound)
                << what << ", " << layer.tokens << " tokens, [" << layer.out << ", " << layer.in << "], token " << token << ", row " << row;
        }
}

template <class Element>
void check_random_shapes() {
    std::mt19937 generator(11);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(generator); };
    const std::vector<LinearKernel> kernels = linear_kernels();
    for (int trial = 0; trial < 60; trial++) {
        const LinearKernel &kernel = kernels[static_cast<std::size_t>(trial) % kernels.size()];
        const auto epilogue = static_cast<Epilogue>(pick(0, 2));
        const int in = trial % 3 == 0 ? pick(1, 60) * 4 : pick(1, 300);
        const LinearCase<Element> layer(pick(1, kernel.tokens + 5), in, pick(1, 300), epilogue, pick(0, 1) != 0, pick(0, 1) != 0,
                                        static_cast<std::uint32_t>(trial));
        check(layer, layer.run(kernel), kernel.name());
    }
}

TEST(Linear, Float16IsTheFormulaForRandomShapes) {
    check_random_shapes<Float16>();
}

TEST(Linear, BFloat16IsTheFormulaForRandomShapes) {
    check_random_shapes<BFloat16>();
}

TEST(Linear, LongRowsUseEverySlice) {
    for (const int in : {1408, 1409, 2000}) {
        const LinearCase<Float16> layer(3, in, 20, Epilogue::None, true, false, 5);
        for (const LinearKernel &kernel : linear_kernels())
            check(layer, layer.run(kernel), kernel.name());
    }
}

TEST(Linear, TheResidualMayBeTheOutput) {
    const LinearCase<Float16> layer(11, 96, 40, Epilogue::Gelu, true, true, 6);
    for (const LinearKernel &kernel : linear_kernels())
        EXPECT_EQ(layer.run(kernel, true), layer.run(kernel)) << kernel.name();
}

// The same bits from every kernel, alone, in any batch, on any number of threads, in either order of a block's threads.
template <class Element>
void check_determinism(int in, int out, Epilogue epilogue) {
    const LinearCase<Element> layer(140, in, out, epilogue, true, true, 8);
    const std::vector<float> all = layer.run(WideKernels[2]);
    const auto rows = [&](int first, int count) {
        return std::vector<float>(all.begin() + first * out, all.begin() + (first + count) * out);
    };
    const WithThreads threads(3);
    const Reversed reversed;
    for (const LinearKernel &kernel : linear_kernels())
        EXPECT_EQ(layer.run(kernel), all) << kernel.name();
    for (const auto &[first, count] : {std::pair{0, 1}, {1, 8}, {37, 1}, {60, 32}, {139, 1}, {3, 110}})
        for (const LinearKernel &kernel : linear_kernels())
            EXPECT_EQ(layer.part(first, count).run(kernel), rows(first, count))
                << kernel.name() << ", " << count << " tokens from " << first;
}

TEST(Linear, ATokenGivesTheSameBitsFromEveryKernelInAnyCompany) {
    check_determinism<Float16>(700, 33, Epilogue::None);
    check_determinism<Float16>(1200, 160, Epilogue::None);
    check_determinism<Float16>(90, 24, Epilogue::Gelu);
    check_determinism<BFloat16>(1030, 20, Epilogue::SwiGlu);
}

TEST(Linear, NumbersThatAreNoneStayWithTheirTokenAndRow) {
    for (const LinearKernel &kernel : linear_kernels()) {
        LinearCase<Float16> layer(9, 50, 40, Epilogue::None, false, false, 9);
        layer.x[4 * 50 + 49] = std::nanf("");
        layer.weight[7 * 50 + 2] = 0x7C00; // infinity
        const std::vector<float> y = layer.run(kernel);
        for (int token = 0; token < 9; token++)
            for (int row = 0; row < 40; row++)
                EXPECT_EQ(std::isfinite(y[static_cast<std::size_t>(token * 40 + row)]), token != 4 && row != 7) << kernel.name();
    }
}

TEST(Linear, AnActivationBeyondTheRangeOfFloat16BecomesInfinity) {
    LinearCase<Float16> layer(1, 16, 16, Epilogue::None, false, false, 10);
    layer.x[3] = 70000.0f;
    for (const float value : layer.run(NarrowKernels[0]))
        EXPECT_TRUE(std::isinf(value));
}

} // namespace
} // namespace unimed
