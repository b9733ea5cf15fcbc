#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "linear/arguments.h"
#include "linear/fragment_order.h"
#include "linear/repack.h"
#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {

/// A kernel of linear/linear.cu and the part of the problem that one of its blocks takes.
struct LinearKernel {
    const char *suffix;
    int tokens;
    int tiles;
    std::uint32_t threads;
};

inline constexpr LinearKernel LinearKernels[] = {
    {"n8", 8, 1, 256}, {"n16", 16, 1, 256}, {"n32", 32, 1, 256}, {"m64", 64, 4, 128}, {"m128", 64, 8, 128}};

/// A linear layer with random numbers; for SwiGlu there is a second matrix and no bias.
template <class Element>
struct LinearCase {
    int tokens, in, out;
    Epilogue epilogue;
    std::vector<float> x, bias, residual;
    std::vector<std::uint16_t> weight, up;

    LinearCase(int token_count, int columns, int rows, Epilogue kind, bool with_bias, bool with_residual, std::uint32_t seed)
        : tokens(token_count), in(columns), out(rows), epilogue(kind) {
        x = random_values(size(tokens, in), seed);
        weight = narrow_all(random_values(size(out, in), seed + 1, 1 / std::sqrt(static_cast<float>(in))));
        if (kind == Epilogue::SwiGlu)
            up = narrow_all(random_values(size(out, in), seed + 2, 1 / std::sqrt(static_cast<float>(in))));
        if (with_bias && kind != Epilogue::SwiGlu)
            bias = random_values(size(out, 1), seed + 3);
        if (with_residual)
            residual = random_values(size(tokens, out), seed + 4);
    }

    static std::size_t size(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

    static std::uint16_t narrow(float value) {
        if constexpr (std::is_same_v<Element, Float16>)
            return to_float16(value).bits;
        else
            return to_bfloat16(value).bits;
    }

    static std::vector<std::uint16_t> narrow_all(const std::vector<float> &values) {
        std::vector<std::uint16_t> narrowed;
        for (const float value : values)
            narrowed.push_back(narrow(value));
        return narrowed;
    }

    [[nodiscard]] int tiles() const { return epilogue == Epilogue::SwiGlu ? (out + 7) / 8 : tile_count(out); }

    [[nodiscard]] std::vector<Words4> packed() const {
        std::vector<Words4> fragments(unimed_fragment_bytes(tiles() * TileRows, in) / sizeof(Words4));
        if (epilogue == Epilogue::SwiGlu)
            unimed_repack_gated(weight.data(), up.data(), out, in, fragments.data());
        else
            unimed_repack_linear(weight.data(), out, in, fragments.data());
        return fragments;
    }

    /// The same layer for some of the tokens.
    [[nodiscard]] LinearCase part(int first, int count) const {
        LinearCase result = *this;
        result.tokens = count;
        result.x.assign(x.begin() + first * in, x.begin() + (first + count) * in);
        if (!residual.empty())
            result.residual.assign(residual.begin() + first * out, residual.begin() + (first + count) * out);
        return result;
    }

    [[nodiscard]] std::vector<float> run(const LinearKernel &kernel, bool in_place = false) const {
        const DeviceArray<Words4> fragments(packed());
        return run(kernel, fragments.constant(), in_place);
    }

    [[nodiscard]] std::vector<float> run(const LinearKernel &kernel, Global<const Words4> fragments, bool in_place = false) const {
        const DeviceArray<float> input(x), shift(bias), added(residual);
        DeviceArray<float> output(size(tokens, out));
        const Global<const float> none{nullptr};
        if (in_place)
            require(unimed_host_copy_to_device(output.data(), residual.data(), residual.size() * sizeof(float)));
        const std::string name = std::string(std::is_same_v<Element, Float16> ? "linear_f16_" : "linear_bf16_") + kernel.suffix;
        const Grid grid{static_cast<std::uint32_t>((tokens + kernel.tokens - 1) / kernel.tokens),
                        static_cast<std::uint32_t>((tiles() + kernel.tiles - 1) / kernel.tiles)};
        launch(name.c_str(), grid, kernel.threads, fragments, bias.empty() ? none : shift.constant(), input.constant(),
               residual.empty() ? none : (in_place ? output.constant() : added.constant()), output.global(), tokens, in, out, epilogue);
        return output.download();
    }

    /// What the result must be, and by how much fp32 sums may miss it.
    struct Expected {
        double value;
        double bound;
    };

    [[nodiscard]] Expected expected(int token, int row) const {
        const auto dot = [&](const std::vector<std::uint16_t> &matrix) {
            Expected sum{0, 0};
            for (int k = 0; k < in; k++) {
                // Activations are rounded to the weights' type, which is part of the operation.
                const double term = static_cast<double>(to_float(Element{narrow(x[size(token, in) + static_cast<std::size_t>(k)])})) *
                                    static_cast<double>(to_float(Element{matrix[size(row, in) + static_cast<std::size_t>(k)]}));
                sum.value += term;
                sum.bound += std::abs(term);
            }
            // Errors of a sum of n terms grow like sqrt(n); a few units cover the tail.
            sum.bound *= 4 * std::sqrt(static_cast<double>(in)) * 0x1p-24;
            return sum;
        };
        Expected result = dot(weight);
        if (!bias.empty())
            result.value += static_cast<double>(bias[static_cast<std::size_t>(row)]);
        if (epilogue == Epilogue::Gelu) {
            result.value = result.value / 2 * (1 + std::erf(result.value * std::sqrt(0.5)));
            result.bound *= 1.2; // the steepest slope of GELU
        } else if (epilogue == Epilogue::SwiGlu) {
            const Expected second = dot(up);
            const double gate = result.value / (1 + std::exp(-result.value));
            result.bound = 1.2 * result.bound * std::abs(second.value) + second.bound * std::abs(gate);
            result.value = gate * second.value;
        }
        if (!residual.empty())
            result.value += static_cast<double>(residual[size(token, out) + static_cast<std::size_t>(row)]);
        result.bound += (std::abs(result.value) + 1) * 0x1p-21;
        return result;
    }
};

} // namespace unimed
