#include <algorithm>
#include <cmath>
#include <span>

#include <gtest/gtest.h>

#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {
namespace {

struct Norm {
    std::vector<float> x, weight, bias;
    std::size_t columns;

    Norm(std::size_t rows, std::size_t width, std::uint32_t seed) : columns(width) {
        x = random_values(rows * width, seed, 2.0f);
        weight = random_values(width, seed + 1);
        bias = random_values(width, seed + 2);
        // A mean far from zero, where a variance by E[x^2] - E[x]^2 would lose its digits.
        for (float &value : x)
            value += 30.0f;
    }

    [[nodiscard]] std::size_t rows() const { return x.size() / columns; }
};

std::vector<float> rms_norm(const Norm &norm, float eps) {
    const DeviceArray<float> x(norm.x), weight(norm.weight);
    DeviceArray<float> y(norm.x.size());
    launch("rms_norm", {static_cast<std::uint32_t>(norm.rows())}, 256, x.constant(), weight.constant(), y.global(),
           static_cast<int>(norm.columns), eps);
    return y.download();
}

std::vector<float> layer_norm(const Norm &norm, float eps) {
    const DeviceArray<float> x(norm.x), weight(norm.weight), bias(norm.bias);
    DeviceArray<float> y(norm.x.size());
    launch("layer_norm", {static_cast<std::uint32_t>(norm.rows())}, 256, x.constant(), weight.constant(), bias.constant(), y.global(),
           static_cast<int>(norm.columns), eps);
    return y.download();
}

const std::size_t Widths[] = {1, 3, 4, 24, 88, 255, 1408, 4096, 4100, 5003};

TEST(RmsNorm, IsTheFormulaForEveryWidth) {
    for (const std::size_t width : Widths) {
        const Norm norm(3, width, static_cast<std::uint32_t>(width));
        const std::vector<float> y = rms_norm(norm, 1e-5f);
        for (std::size_t row = 0; row < norm.rows(); row++) {
            double squares = 0;
            for (std::size_t i = 0; i < width; i++)
                squares += static_cast<double>(norm.x[row * width + i]) * static_cast<double>(norm.x[row * width + i]);
            const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + static_cast<double>(1e-5f));
            for (std::size_t i = 0; i < width; i++) {
                const double expected = static_cast<double>(norm.x[row * width + i]) * scale * static_cast<double>(norm.weight[i]);
                EXPECT_NEAR(y[row * width + i], expected, std::abs(expected) * 8 * 0x1p-24) << "width " << width << ", column " << i;
            }
        }
    }
}

TEST(LayerNorm, IsTheFormulaForEveryWidth) {
    for (const std::size_t width : Widths) {
        const Norm norm(3, width, static_cast<std::uint32_t>(width));
        const std::vector<float> y = layer_norm(norm, 1e-6f);
        for (std::size_t row = 0; row < norm.rows(); row++) {
            double sum = 0, squares = 0;
            for (std::size_t i = 0; i < width; i++)
                sum += static_cast<double>(norm.x[row * width + i]);
            const double mean = sum / static_cast<double>(width);
            for (std::size_t i = 0; i < width; i++)
                squares += std::pow(static_cast<double>(norm.x[row * width + i]) - mean, 2);
            const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + static_cast<double>(1e-6f));
            for (std::size_t i = 0; i < width; i++) {
                const double normalized = (static_cast<double>(norm.x[row * width + i]) - mean) * scale;
                const double expected = normalized * static_cast<double>(norm.weight[i]) + static_cast<double>(norm.bias[i]);
                // The mean, near 30, is known to a few units of its last place; the deviations are of size 2.
                const double bound = (40 * 8 * scale + std::abs(normalized) * 8) * 0x1p-24 * std::abs(static_cast<double>(norm.weight[i])) +
                                     std::abs(expected) * 0x1p-23;
                EXPECT_NEAR(y[row * width + i], expected, bound) << "width " << width << ", column " << i;
            }
        }
    }
}

TEST(Norms, EpsilonCountsWhereARowIsSmall) {
    for (const float eps : {1e-5f, 1e-6f}) {
        Norm norm(1, 24, 4);
        norm.x = random_values(24, 5, 1e-3f);
        double squares = 0, sum = 0, deviations = 0;
        for (const float value : norm.x) {
            squares += std::pow(static_cast<double>(value), 2);
            sum += static_cast<double>(value);
        }
        for (const float value : norm.x)
            deviations += std::pow(static_cast<double>(value) - sum / 24, 2);
        const std::vector<float> rms = rms_norm(norm, eps), layer = layer_norm(norm, eps);
        for (std::size_t i = 0; i < 24; i++) {
            const double x = static_cast<double>(norm.x[i]), weight = static_cast<double>(norm.weight[i]);
            EXPECT_NEAR(rms[i], x / std::sqrt(squares / 24 + static_cast<double>(eps)) * weight, 1e-6);
            EXPECT_NEAR(layer[i],
                        (x - sum / 24) / std::sqrt(deviations / 24 + static_cast<double>(eps)) * weight + static_cast<double>(norm.bias[i]),
                        1e-6);
        }
    }
    Norm zeros(1, 24, 4);
    zeros.x.assign(24, 0.0f);
    EXPECT_EQ(rms_norm(zeros, 1e-5f), std::vector<float>(24, 0.0f));
    EXPECT_EQ(layer_norm(zeros, 1e-5f), zeros.bias);
}

TEST(Norms, OneLargeValueDoesNotDrownTheRest) {
    Norm norm(1, 4096, 1);
    norm.x[17] = 3000.0f;
    double squares = 0;
    for (const float value : norm.x)
        squares += static_cast<double>(value) * static_cast<double>(value);
    const double scale = 1 / std::sqrt(squares / 4096 + static_cast<double>(1e-5f));
    const std::vector<float> y = rms_norm(norm, 1e-5f);
    for (std::size_t i = 0; i < 4096; i++) {
        const double expected = static_cast<double>(norm.x[i]) * scale * static_cast<double>(norm.weight[i]);
        EXPECT_NEAR(y[i], expected, std::abs(expected) * 8 * 0x1p-24);
    }
}

TEST(Norms, ARowAloneIsTheRowInABatchOnAnyThreadsInAnyOrder) {
    for (const std::size_t width : {88u, 1408u, 5003u}) {
        const Norm norm(9, width, 7);
        const std::vector<float> rms = rms_norm(norm, 1e-5f), layer = layer_norm(norm, 1e-6f);
        const WithThreads threads(3);
        const Reversed reversed;
        for (std::size_t row = 0; row < norm.rows(); row++) {
            Norm alone = norm;
            alone.x.assign(norm.x.begin() + static_cast<std::ptrdiff_t>(row * width),
                           norm.x.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
            EXPECT_TRUE(std::ranges::equal(rms_norm(alone, 1e-5f), std::span(rms).subspan(row * width, width)));
            EXPECT_TRUE(std::ranges::equal(layer_norm(alone, 1e-6f), std::span(layer).subspan(row * width, width)));
        }
    }
}

TEST(Norms, WorkInPlace) {
    const Norm norm(4, 100, 3);
    const std::vector<float> expected = layer_norm(norm, 1e-6f);
    const DeviceArray<float> weight(norm.weight), bias(norm.bias);
    DeviceArray<float> x(norm.x);
    launch("layer_norm", {4}, 256, x.constant(), weight.constant(), bias.constant(), x.global(), 100, 1e-6f);
    EXPECT_EQ(x.download(), expected);
}

TEST(Norms, ANumberThatIsNoneStaysInItsRow) {
    Norm norm(3, 96, 5);
    norm.x[96 + 5] = std::nanf("");
    norm.x[2 * 96 + 5] = HUGE_VALF;
    const std::vector<float> y = rms_norm(norm, 1e-5f);
    for (std::size_t i = 0; i < 96; i++) {
        EXPECT_TRUE(std::isfinite(y[i]));
        EXPECT_TRUE(std::isnan(y[96 + i]));
        EXPECT_EQ(std::isnan(y[2 * 96 + i]), i == 5);
    }
}

TEST(Norms, ReadAndWriteARowOnceWithoutAWastedSector) {
    const Norm norm(2, 4096, 9);
    const DeviceArray<float> x(norm.x), weight(norm.weight);
    DeviceArray<float> y(norm.x.size());
    const Counting counting;
    launch("rms_norm", {2}, 256, x.constant(), weight.constant(), y.global(), 4096, 1e-5f);
    const unimed_counters c = counting.counters();
    EXPECT_EQ(c.global_load_bytes, 2u * 2u * 4096u * 4u);
    EXPECT_EQ(c.global_load_sectors * 32, c.global_load_bytes);
    EXPECT_EQ(c.global_store_bytes, 2u * 4096u * 4u);
    EXPECT_EQ(c.global_store_sectors * 32, c.global_store_bytes);
    EXPECT_EQ(c.shared_load_conflicts + c.shared_store_conflicts, 0u);
}

} // namespace
} // namespace unimed
