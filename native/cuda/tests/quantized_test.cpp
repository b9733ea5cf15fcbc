#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "tests/quantized_case.h"

namespace unimed {
namespace {

void check(const QuantizedCase &layer, const std::vector<float> &y, const std::string &what) {
    for (int token = 0; token < layer.tokens; token++)
        for (int row = 0; row < layer.out; row++) {
            const auto expected = layer.expected(token, row);
            ASSERT_NEAR(y[QuantizedCase::size(token, layer.out) + static_cast<std::size_t>(row)], expected.value, expected.bound)
                << what << ", int" << layer.bits << ", " << layer.tokens << " tokens, [" << layer.out << ", " << layer.in << "], token "
                << token << ", row " << row;
        }
}

class QuantizedLinear : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Bits, QuantizedLinear, testing::Values(8, 4));

TEST_P(QuantizedLinear, IsTheFormulaForRandomShapes) {
    std::mt19937 generator(21);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(generator); };
    for (std::size_t trial = 0; trial < 40; trial++) {
        const LinearKernel &kernel = QuantizedKernels[trial % std::size(QuantizedKernels)];
        const auto epilogue = static_cast<Epilogue>(pick(0, 2));
        const int in = trial % 3 == 0 ? pick(1, 60) * 4 : pick(1, 300);
        const QuantizedCase layer(GetParam(), pick(1, kernel.tokens + 5), in, pick(1, 150), epilogue, pick(0, 1) != 0, pick(0, 1) != 0,
                                  static_cast<std::uint32_t>(trial));
        check(layer, layer.run(kernel), kernel.name());
    }
}

TEST_P(QuantizedLinear, LongRowsUseEverySlice) {
    for (const int in : {688, 1408, 1409, 2000}) {
        const QuantizedCase layer(GetParam(), 3, in, 20, Epilogue::None, true, false, 5);
        for (const LinearKernel &kernel : QuantizedKernels)
            check(layer, layer.run(kernel), kernel.name());
    }
}

// The kernels for few tokens keep activations for all tiles of a block, or bring them in parts for each.
TEST_P(QuantizedLinear, NeitherTheRoomForActivationsNorTheNumberOfBlocksChangesABit) {
    for (const auto &[tokens, in, out, epilogue] : {std::tuple{1, 2600, 100, Epilogue::None},
                                                    {7, 2600, 50, Epilogue::SwiGlu},
                                                    {13, 1409, 90, Epilogue::Gelu},
                                                    {32, 1500, 60, Epilogue::None},
                                                    {41, 600, 40, Epilogue::None}}) {
        QuantizedCase layer(GetParam(), tokens, in, out, epilogue, true, true, 12);
        const std::vector<float> expected = layer.run(WideKernels[0]);
        for (const bool little_room : {false, true})
            for (const int row_blocks : {0, 1, 2, 5})
                for (int kernel = 0; kernel < 3; kernel++) {
                    layer.little_room = little_room;
                    layer.row_blocks = row_blocks;
                    EXPECT_EQ(layer.run(QuantizedKernels[kernel]), expected)
                        << QuantizedKernels[kernel].suffix << ", " << tokens << " tokens, " << row_blocks << " blocks, little room "
                        << little_room;
                }
    }
}

TEST_P(QuantizedLinear, TheResidualMayBeTheOutput) {
    const QuantizedCase layer(GetParam(), 11, 96, 40, Epilogue::Gelu, true, true, 6);
    for (const LinearKernel &kernel : QuantizedKernels)
        EXPECT_EQ(layer.run(kernel, true), layer.run(kernel)) << kernel.name();
}

// The same bits from every kernel, alone, in any batch, on any number of threads, in either order of a block's threads.
TEST_P(QuantizedLinear, ATokenGivesTheSameBitsFromEveryKernelInAnyCompany) {
    for (const auto &[in, out, epilogue] : {std::tuple{700, 33, Epilogue::None}, {90, 24, Epilogue::Gelu}, {1030, 20, Epilogue::SwiGlu}}) {
        const QuantizedCase layer(GetParam(), 100, in, out, epilogue, true, true, 8);
        const std::vector<float> all = layer.run(WideKernels[0]);
        const WithThreads threads(3);
        const Reversed reversed;
        for (const LinearKernel &kernel : QuantizedKernels)
            EXPECT_EQ(layer.run(kernel), all) << kernel.name();
        for (const auto &[first, count] : {std::pair{0, 1}, {1, 8}, {37, 1}, {60, 32}, {99, 1}})
            for (const LinearKernel &kernel : QuantizedKernels)
                EXPECT_EQ(layer.part(first, count).run(kernel),
                          std::vector<float>(all.begin() + first * out, all.begin() + (first + count) * out))
                    << kernel.name() << ", " << count << " tokens from " << first;
    }
}

TEST_P(QuantizedLinear, EveryValueIsExact) {
    // Column k of the only token is 1, the others 0: the product is column k of the matrix.
    QuantizedCase layer(GetParam(), 1, 130, 37, Epilogue::None, false, false, 4);
    const int least = GetParam() == 8 ? -128 : -8, count = GetParam() == 8 ? 256 : 16;
    for (std::size_t i = 0; i < layer.weight.values.size(); i++)
        layer.weight.values[i] = least + static_cast<int>(i % static_cast<std::size_t>(count));
    for (int column = 0; column < layer.in; column++) {
        layer.x.assign(static_cast<std::size_t>(layer.in), 0.0f);
        layer.x[static_cast<std::size_t>(column)] = 1;
        const std::vector<float> y = layer.run(QuantizedKernels[0]);
        for (int row = 0; row < layer.out; row++)
            ASSERT_EQ(static_cast<double>(y[static_cast<std::size_t>(row)]), layer.weight.weight(row, column)) << row << ", " << column;
    }
}

TEST_P(QuantizedLinear, NumbersThatAreNoneStayWithTheirTokenAndRow) {
    for (const LinearKernel &kernel : QuantizedKernels) {
        QuantizedCase layer(GetParam(), 9, 50, 40, Epilogue::None, false, false, 9);
        layer.x[4 * 50 + 49] = std::nanf("");
        layer.weight.scales[7 * 2 + 1] = Float16{0x7C00}; // infinity
        const std::vector<float> y = layer.run(kernel);
        for (int token = 0; token < 9; token++)
            for (int row = 0; row < 40; row++)
                EXPECT_EQ(std::isfinite(y[static_cast<std::size_t>(token * 40 + row)]), token != 4 && row != 7) << kernel.name();
    }
}

} // namespace
} // namespace unimed
