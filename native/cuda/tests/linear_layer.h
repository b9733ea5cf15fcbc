#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "linear/arguments.h"
#include "linear/fragment_order.h"
#include "primitives/words.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {

/// A kernel of linear/ and the part of the problem that one of its blocks takes.
struct LinearKernel {
    const char *suffix;
    int tokens;
    int tiles;
    std::uint32_t threads;
    /// Over how many blocks a wide product splits K; 0 for kernels that are no wide products.
    int splits = 0;

    /// For messages.
    [[nodiscard]] std::string name() const { return splits > 1 ? suffix + (" split by " + std::to_string(splits)) : suffix; }
};

/// What a linear layer under test has beside its weights, how its kernels are launched, and what must come of it. All numbers are random.
struct LinearLayer {
    /// What a result must be, and by how much fp32 sums may miss it.
    struct Expected {
        double value;
        double bound;
    };

    int tokens, in, out;
    Epilogue epilogue;
    std::vector<float> x, bias, residual;

    LinearLayer(int token_count, int columns, int rows, Epilogue kind, bool with_bias, bool with_residual, std::uint32_t seed)
        : tokens(token_count), in(columns), out(rows), epilogue(kind), x(random_values(size(tokens, in), seed)) {
        if (with_bias && !gated())
            bias = random_values(size(out, 1), seed + 3);
        if (with_residual)
            residual = random_values(size(tokens, out), seed + 4);
    }

    static std::size_t size(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

    [[nodiscard]] bool gated() const { return epilogue == Epilogue::SwiGlu; }
    [[nodiscard]] int tiles() const { return gated() ? (out + 7) / 8 : tile_count(out); }

protected:
    /// Keeps some of the tokens.
    void keep(int first, int count) {
        tokens = count;
        x = std::vector<float>(x.begin() + first * in, x.begin() + (first + count) * in);
        if (!residual.empty())
            residual = std::vector<float>(residual.begin() + first * out, residual.begin() + (first + count) * out);
    }

    /// With so many bytes of shared memory beside what the kernel declares, on so many blocks along y; 0 is one for each part of the rows.
    [[nodiscard]] std::vector<float> run(const std::string &format, const LinearKernel &kernel, Global<const Words4> fragments,
                                         bool in_place, int shared_bytes = 0, int row_blocks = 0) const {
        const DeviceArray<float> input(x), shift(bias), added(residual);
        DeviceArray<float> output(size(tokens, out));
        const Global<const float> none{nullptr};
        if (in_place)
            require(unimed_host_copy_to_device(output.data(), residual.data(), residual.size() * sizeof(float)));
        const std::string name = "linear_" + format + "_" + kernel.suffix;
        const Grid grid{static_cast<std::uint32_t>((tokens + kernel.tokens - 1) / kernel.tokens),
                        static_cast<std::uint32_t>(row_blocks != 0 ? row_blocks : (tiles() + kernel.tiles - 1) / kernel.tiles), 1,
                        static_cast<std::uint32_t>(shared_bytes)};
        launch(name.c_str(), grid, kernel.threads, fragments, bias.empty() ? none : shift.constant(), input.constant(),
               residual.empty() ? none : (in_place ? output.constant() : added.constant()), output.global(), tokens, in, out, epilogue);
        return output.download();
    }

    /// The sum of term(k) over k < in.
    template <class Term>
    [[nodiscard]] Expected sum_of(const Term &term) const {
        Expected sum{0, 0};
        for (int k = 0; k < in; k++) {
            const double product = term(k);
            sum.value += product;
            sum.bound += std::abs(product);
        }
        // Errors of a sum of n terms grow like sqrt(n); a few units cover the tail.
        sum.bound *= 4 * std::sqrt(static_cast<double>(in)) * 0x1p-24;
        return sum;
    }

    /// What becomes of the products with the weights: dot(false) with the first matrix, dot(true) with the second one of SwiGlu.
    template <class Dot>
    [[nodiscard]] Expected finish(int token, int row, const Dot &dot) const {
        Expected result = dot(false);
        if (!bias.empty())
            result.value += static_cast<double>(bias[static_cast<std::size_t>(row)]);
        if (epilogue == Epilogue::Gelu) {
            result.value = result.value / 2 * (1 + std::erf(result.value * std::sqrt(0.5)));
            result.bound *= 1.2; // the steepest slope of GELU
        } else if (gated()) {
            const Expected second = dot(true);
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
