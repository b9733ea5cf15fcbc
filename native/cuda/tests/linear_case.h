#pragma once

#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

#include "linear/repack.h"
#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "tests/linear_layer.h"
#include "tests/wide_run.h"

namespace unimed {

/// The kernels of linear/linear.cu.
inline constexpr LinearKernel NarrowKernels[] = {{"n8", 8, 1, 256}, {"n16", 16, 1, 256}, {"n32", 32, 1, 256}};

/// All of them.
inline std::vector<LinearKernel> linear_kernels() {
    std::vector<LinearKernel> kernels(std::begin(NarrowKernels), std::end(NarrowKernels));
    kernels.insert(kernels.end(), std::begin(WideKernels), std::end(WideKernels));
    return kernels;
}

/// A linear layer with random numbers; for SwiGlu there is a second matrix and no bias.
template <class Element>
struct LinearCase : LinearLayer {
    std::vector<std::uint16_t> weight, up;

    LinearCase(int token_count, int columns, int rows, Epilogue kind, bool with_bias, bool with_residual, std::uint32_t seed)
        : LinearLayer(token_count, columns, rows, kind, with_bias, with_residual, seed) {
        weight = narrow_all(random_values(size(out, in), seed + 1, 1 / std::sqrt(static_cast<float>(in))));
        if (gated())
            up = narrow_all(random_values(size(out, in), seed + 2, 1 / std::sqrt(static_cast<float>(in))));
    }

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

    [[nodiscard]] std::vector<Words4> packed() const {
        std::vector<Words4> fragments(unimed_fragment_bytes(tiles() * TileRows, in) / sizeof(Words4));
        if (gated())
            unimed_repack_gated(weight.data(), up.data(), out, in, fragments.data());
        else
            unimed_repack_linear(weight.data(), out, in, fragments.data());
        return fragments;
    }

    /// The same layer for some of the tokens.
    [[nodiscard]] LinearCase part(int first, int count) const {
        LinearCase result = *this;
        result.keep(first, count);
        return result;
    }

    [[nodiscard]] std::vector<float> run(const LinearKernel &kernel, bool in_place = false) const {
        const DeviceArray<Words4> fragments(packed());
        return run(kernel, fragments.constant(), in_place);
    }

    [[nodiscard]] std::vector<float> run(const LinearKernel &kernel, Global<const Words4> fragments, bool in_place = false) const {
        const std::string format = std::is_same_v<Element, Float16> ? "f16" : "bf16";
        return kernel.splits == 0 ? LinearLayer::run(format, kernel, fragments, in_place)
                                  : WideRun(*this, format, kernel, fragments, in_place).run();
    }

    /// Activations are rounded to the weights' type, which is part of the operation.
    [[nodiscard]] Expected expected(int token, int row) const {
        return finish(token, row, [&](bool second) {
            const std::vector<std::uint16_t> &matrix = second ? up : weight;
            return sum_of([&](int k) {
                return static_cast<double>(to_float(Element{narrow(x[size(token, in) + static_cast<std::size_t>(k)])})) *
                       static_cast<double>(to_float(Element{matrix[size(row, in) + static_cast<std::size_t>(k)]}));
            });
        });
    }
};

} // namespace unimed
