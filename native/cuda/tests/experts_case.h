#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "connector/operand_rows.h"
#include "linear/repack.h"
#include "primitives/bfloat16.h"
#include "primitives/float16.h"
#include "primitives/words.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {

/// The connector's experts with random numbers; hidden 0 is moe_linear.
template <class Element>
struct ExpertsCase {
    int rows, experts, in, hidden, out;
    std::vector<float> tokens, routing, first_bias, last_bias;
    /// All experts' matrices, row-major.
    std::vector<std::uint16_t> first, last;

    static constexpr bool IsFloat16 = std::is_same_v<Element, Float16>;

    ExpertsCase(int token_rows, int expert_count, int columns, int width, int outputs, std::uint32_t seed)
        : rows(token_rows), experts(expert_count), in(columns), hidden(width), out(outputs) {
        tokens = random_values(size(rows, in), seed);
        first = narrow_all(random_values(size(experts * hidden, in), seed + 1, 1 / std::sqrt(static_cast<float>(in))));
        first_bias = random_values(size(experts, hidden), seed + 2);
        last = narrow_all(random_values(size(experts * out, last_in()), seed + 3, 1 / std::sqrt(static_cast<float>(last_in()))));
        last_bias = random_values(size(experts, out), seed + 4);
        routing = random_values(size(rows, experts), seed + 5);
        for (float &weight : routing)
            weight = std::abs(weight) + 0.01f;
    }

    static std::size_t size(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

    static std::uint16_t narrow(double value) {
        if constexpr (IsFloat16)
            return to_float16(static_cast<float>(value)).bits;
        else
            return to_bfloat16(static_cast<float>(value)).bits;
    }

    static double wide(std::uint16_t bits) { return static_cast<double>(to_float(Element{bits})); }

    static std::vector<std::uint16_t> narrow_all(const std::vector<float> &values) {
        std::vector<std::uint16_t> narrowed;
        for (const float value : values)
            narrowed.push_back(narrow(static_cast<double>(value)));
        return narrowed;
    }

    [[nodiscard]] int last_in() const { return hidden != 0 ? hidden : in; }

    /// Keeps a token's weight for `count` experts, from one that depends on the token; the others get 0.
    void keep_only(int count) {
        for (int row = 0; row < rows; row++)
            for (int e = 0; e < experts; e++)
                if ((e + row) % experts >= count)
                    routing[size(row, experts) + static_cast<std::size_t>(e)] = 0.0f;
    }

    /// The same experts for some of the tokens.
    [[nodiscard]] ExpertsCase part(int begin, int count) const {
        ExpertsCase result = *this;
        result.rows = count;
        result.tokens.assign(tokens.begin() + begin * in, tokens.begin() + (begin + count) * in);
        result.routing.assign(routing.begin() + begin * experts, routing.begin() + (begin + count) * experts);
        return result;
    }

    [[nodiscard]] std::vector<Words4> packed(const std::vector<std::uint16_t> &matrices, int rows_of_one, int columns) const {
        const std::size_t one = unimed_fragment_bytes(rows_of_one, columns) / sizeof(Words4);
        std::vector<Words4> fragments(one * static_cast<std::size_t>(experts));
        for (std::size_t e = 0; e < static_cast<std::size_t>(experts) && one != 0; e++)
            unimed_repack_linear(matrices.data() + e * size(rows_of_one, columns), rows_of_one, columns, fragments.data() + e * one);
        return fragments;
    }

    [[nodiscard]] std::vector<Words4> packed_first() const { return packed(first, hidden, in); }
    [[nodiscard]] std::vector<Words4> packed_last() const { return packed(last, out, last_in()); }

    [[nodiscard]] static std::string name(const char *kernel) { return std::string(kernel) + (IsFloat16 ? "_f16" : "_bf16"); }

    [[nodiscard]] Grid grid(int width) const {
        return {static_cast<std::uint32_t>((rows + 63) / 64), static_cast<std::uint32_t>(experts * ((width + 63) / 64))};
    }

    [[nodiscard]] std::vector<float> run() const {
        const DeviceArray<Words4> first_fragments(packed_first()), last_fragments(packed_last());
        return run(first_fragments.constant(), last_fragments.constant());
    }

    [[nodiscard]] std::vector<float> run(Global<const Words4> first_fragments, Global<const Words4> last_fragments) const {
        const DeviceArray<float> input(tokens), weights(routing), shift(first_bias), last_shift(last_bias);
        DeviceArray<std::uint16_t> operands(size(rows, connector::operand_columns(in)));
        DeviceArray<std::uint16_t> between(size(experts * rows, connector::operand_columns(hidden)));
        DeviceArray<float> parts(size(experts * rows, out)), output(size(rows, out));
        launch(name("expert_tokens").c_str(), {static_cast<std::uint32_t>(rows)}, 256, input.constant(), operands.global(), in);
        if (hidden != 0)
            launch(name("expert_hidden").c_str(), grid(hidden), 256, first_fragments, shift.constant(), operands.constant(),
                   weights.constant(), between.global(), rows, experts, in, hidden);
        launch(name("expert_parts").c_str(), grid(out), 256, last_fragments, hidden != 0 ? between.constant() : operands.constant(),
               weights.constant(), parts.global(), rows, experts, last_in(), out, hidden != 0 ? 0 : 1);
        launch("expert_sum", {static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>((out + 1023) / 1024)}, 256, parts.constant(),
               last_shift.constant(), weights.constant(), output.global(), rows, experts, out);
        return output.download();
    }

    /// What the result must be, and by how much fp32 sums may miss it.
    struct Expected {
        double value = 0;
        double bound = 0;
    };

    /// Operands of one token for an expert's last layer, with the distance to the other neighbour where a sum in fp32 may round to that
    /// one.
    [[nodiscard]] std::vector<Expected> operands_of(int token, int expert) const {
        std::vector<Expected> result(static_cast<std::size_t>(last_in()));
        for (int row = 0; row < last_in(); row++) {
            Expected &operand = result[static_cast<std::size_t>(row)];
            if (hidden == 0) {
                operand.value = wide(narrow(static_cast<double>(tokens[size(token, in) + static_cast<std::size_t>(row)])));
                continue;
            }
            Expected sum{static_cast<double>(first_bias[size(expert, hidden) + static_cast<std::size_t>(row)]), 0};
            for (int k = 0; k < in; k++) {
                const double term = wide(narrow(static_cast<double>(tokens[size(token, in) + static_cast<std::size_t>(k)]))) *
                                    wide(first[size(expert * hidden + row, in) + static_cast<std::size_t>(k)]);
                sum.value += term;
                sum.bound += std::abs(term);
            }
            const double value = sum.value / 2 * (1 + std::erf(sum.value * std::sqrt(0.5)));
            const double error = 1.2 * sum.bound * 4 * std::sqrt(static_cast<double>(in)) * 0x1p-24 + (std::abs(sum.value) + 1) * 0x1p-22;
            operand.value = wide(narrow(value));
            operand.bound = wide(narrow(value + error)) - wide(narrow(value - error));
        }
        return result;
    }

    [[nodiscard]] std::vector<Expected> expected(int token) const {
        std::vector<Expected> result(static_cast<std::size_t>(out));
        for (int expert = 0; expert < experts; expert++) {
            const double weight = static_cast<double>(routing[size(token, experts) + static_cast<std::size_t>(expert)]);
            if (weight == 0)
                continue;
            const std::vector<Expected> operands = operands_of(token, expert);
            for (int row = 0; row < out; row++) {
                Expected part{static_cast<double>(last_bias[size(expert, out) + static_cast<std::size_t>(row)]), 0};
                double magnitude = std::abs(part.value);
                for (int k = 0; k < last_in(); k++) {
                    const Expected &operand = operands[static_cast<std::size_t>(k)];
                    const double w = wide(last[size(expert * out + row, last_in()) + static_cast<std::size_t>(k)]);
                    part.value += operand.value * w;
                    magnitude += std::abs(operand.value * w);
                    part.bound += operand.bound * std::abs(w);
                }
                // Errors of a sum of n terms grow like sqrt(n); a few units cover the tail.
                part.bound += magnitude * 4 * std::sqrt(static_cast<double>(last_in()) + 1) * 0x1p-24;
                Expected &total = result[static_cast<std::size_t>(row)];
                total.value += weight * part.value;
                total.bound += weight * part.bound + std::abs(weight * part.value) * 0x1p-21;
            }
        }
        return result;
    }
};

} // namespace unimed
