#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "primitives/fragment_maps.h"
#include "primitives/words.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

// The formulas of the PTX manual, "Matrix Fragments for mma.m16n8k16 with floating point type", written a second time: index i of a
// fragment counts halves for A and B and registers for C.
MatrixPosition manual_a(std::uint32_t lane, std::uint32_t i) {
    const std::uint32_t group_id = lane >> 2, thread_in_group = lane % 4;
    const std::uint32_t row = i < 2 || (i >= 4 && i < 6) ? group_id : group_id + 8;
    const std::uint32_t column = thread_in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0);
    return {row, column};
}

MatrixPosition manual_b(std::uint32_t lane, std::uint32_t i) {
    return {(lane % 4) * 2 + (i & 1) + (i >= 2 ? 8u : 0u), lane >> 2};
}

MatrixPosition manual_c(std::uint32_t lane, std::uint32_t i) {
    return {i < 2 ? lane >> 2 : (lane >> 2) + 8, (lane % 4) * 2 + (i & 1)};
}

TEST(FragmentMaps, AreThoseOfTheManual) {
    for (std::uint32_t lane = 0; lane < 32; lane++) {
        for (std::uint32_t i = 0; i < 8; i++)
            EXPECT_EQ(mma_a_position(lane, i / 2, i % 2), manual_a(lane, i));
        for (std::uint32_t i = 0; i < 4; i++) {
            EXPECT_EQ(mma_b_position(lane, i / 2, i % 2), manual_b(lane, i));
            EXPECT_EQ(mma_c_position(lane, i), manual_c(lane, i));
        }
    }
}

template <class Element>
Element narrow(float value) {
    if constexpr (std::is_same_v<Element, Float16>)
        return to_float16(value);
    else
        return to_bfloat16(value);
}

struct Product {
    float a[16][16] = {};
    float b[16][8] = {};
    float c[16][8] = {};
};

// The kernel's product of matrices whose elements the type holds exactly.
template <class Element>
void run(Product &product, const char *kernel) {
    std::vector<Words4> a(32);
    std::vector<Words2> b(32);
    std::vector<Floats4> c(32);
    for (std::uint32_t lane = 0; lane < 32; lane++) {
        for (std::uint32_t i = 0; i < 8; i++) {
            const MatrixPosition at = manual_a(lane, i);
            a[lane].word[i / 2] |= static_cast<std::uint32_t>(narrow<Element>(product.a[at.row][at.column]).bits) << (16 * (i % 2));
        }
        for (std::uint32_t i = 0; i < 4; i++) {
            const MatrixPosition at = manual_b(lane, i);
            b[lane].word[i / 2] |= static_cast<std::uint32_t>(narrow<Element>(product.b[at.row][at.column]).bits) << (16 * (i % 2));
            c[lane].value[i] = product.c[manual_c(lane, i).row][manual_c(lane, i).column];
        }
    }
    const DeviceArray<Words4> left(a);
    const DeviceArray<Words2> right(b);
    const DeviceArray<Floats4> sum(c);
    launch(kernel, {}, 32, left.constant(), right.constant(), sum.global());
    c = sum.download();
    for (std::uint32_t lane = 0; lane < 32; lane++)
        for (std::uint32_t i = 0; i < 4; i++)
            product.c[manual_c(lane, i).row][manual_c(lane, i).column] = c[lane].value[i];
}

template <class Element>
void check_random(const char *kernel) {
    for (std::uint32_t seed = 0; seed < 20; seed++) {
        Product product;
        const std::vector<float> values = random_values(16 * 16 + 16 * 8 + 16 * 8, seed);
        for (std::size_t i = 0; i < 16; i++)
            for (std::size_t k = 0; k < 16; k++)
                product.a[i][k] = to_float(narrow<Element>(values[i * 16 + k]));
        for (std::size_t i = 0; i < 16; i++)
            for (std::size_t n = 0; n < 8; n++) {
                product.b[i][n] = to_float(narrow<Element>(values[256 + i * 8 + n]));
                product.c[i][n] = values[384 + i * 8 + n];
            }
        double expected[16][8], size[16][8];
        for (std::size_t i = 0; i < 16; i++)
            for (std::size_t n = 0; n < 8; n++) {
                expected[i][n] = static_cast<double>(product.c[i][n]);
                size[i][n] = std::abs(expected[i][n]);
                for (std::size_t k = 0; k < 16; k++) {
                    const double term = static_cast<double>(product.a[i][k]) * static_cast<double>(product.b[k][n]);
                    expected[i][n] += term;
                    size[i][n] += std::abs(term);
                }
            }
        run<Element>(product, kernel);
        for (std::size_t i = 0; i < 16; i++)
            for (std::size_t n = 0; n < 8; n++)
                EXPECT_NEAR(product.c[i][n], expected[i][n], size[i][n] * 16 * 0x1p-24) << "seed " << seed << " at " << i << ", " << n;
    }
}

// One 1 in A and one 1 in B: the product has a 1 in one place, or nowhere.
template <class Element>
void check_one_hot(const char *kernel) {
    for (std::size_t trial = 0; trial < 256; trial++) {
        Product product;
        const std::size_t i = trial / 16, k = trial % 16, n = (trial * 5 + trial / 8) % 8, other = trial % 3 == 0 ? (k + 1) % 16 : k;
        product.a[i][k] = 1;
        product.b[other][n] = 1;
        run<Element>(product, kernel);
        for (std::size_t row = 0; row < 16; row++)
            for (std::size_t column = 0; column < 8; column++)
                EXPECT_EQ(product.c[row][column], row == i && column == n && other == k ? 1.0f : 0.0f) << "trial " << trial;
    }
}

TEST(Mma, Float16IsThePlainProduct) {
    check_random<Float16>("test_mma_f16");
    check_one_hot<Float16>("test_mma_f16");
}

TEST(Mma, BFloat16IsThePlainProduct) {
    check_random<BFloat16>("test_mma_bf16");
    check_one_hot<BFloat16>("test_mma_bf16");
}

TEST(Mma, KeepsSpecialNumbers) {
    Product product;
    product.a[0][0] = HUGE_VALF;
    product.b[0][0] = 1;
    product.a[1][3] = HUGE_VALF; // times the zeros of column 3
    product.a[2][2] = 0x1p-24f;  // the least subnormal binary16
    product.b[2][2] = 3;
    product.a[3][1] = std::nanf("");
    product.b[1][1] = 1;
    run<Float16>(product, "test_mma_f16");
    EXPECT_EQ(product.c[0][0], HUGE_VALF);
    EXPECT_TRUE(std::isnan(product.c[0][1]));
    EXPECT_TRUE(std::isnan(product.c[1][4]));
    EXPECT_EQ(product.c[2][2], 3 * 0x1p-24f);
    EXPECT_TRUE(std::isnan(product.c[3][1]));
    EXPECT_EQ(product.c[5][5], 0.0f);
}

TEST(LdMatrix, EveryFormGivesTheLaneWhatTheManualSays) {
    std::vector<std::uint16_t> halves(32 * 8);
    for (std::size_t i = 0; i < halves.size(); i++)
        halves[i] = static_cast<std::uint16_t>(i + 1);
    std::vector<Words4> rows(32);
    std::memcpy(rows.data(), halves.data(), sizeof(Words4) * rows.size());
    const DeviceArray<Words4> matrices(rows);
    for (const std::size_t count : {1u, 2u, 4u})
        for (const bool transposed : {false, true}) {
            DeviceArray<std::uint32_t> output(32 * count);
            const std::string kernel = "test_ldmatrix_x" + std::to_string(count) + (transposed ? "_trans" : "");
            launch(kernel.c_str(), {}, 32, matrices.constant(), output.global());
            const std::vector<std::uint32_t> out = output.download();
            for (std::size_t lane = 0; lane < 32; lane++)
                for (std::size_t matrix = 0; matrix < count; matrix++)
                    for (std::size_t half = 0; half < 2; half++) {
                        // Each lane gets two neighbours of row lane / 4; transposed, two neighbours of column lane / 4.
                        const std::size_t first = lane / 4, second = lane % 4 * 2 + half;
                        const std::size_t row = transposed ? second : first, column = transposed ? first : second;
                        EXPECT_EQ(out[lane * count + matrix] >> (16 * half) & 0xFFFF, halves[(matrix * 8 + row) * 8 + column]) << kernel;
                    }
        }
}

} // namespace
} // namespace unimed
