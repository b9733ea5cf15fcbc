#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "linear/slice_operands.h"
#include "primitives/float16.h"
#include "primitives/words.h"
#include "tests/linear_layer.h"
#include "tests/wide_run.h"

namespace unimed {

/// The kernels of linear/quantized.cu for few tokens, and some of those for many.
inline constexpr LinearKernel QuantizedKernels[] = {{"n8", 8, 1, 256},      {"n16", 16, 1, 256},     {"n32", 32, 1, 256},
                                                    {"w64", 64, 8, 256, 1}, {"w96", 96, 8, 256, 1},  {"w128", 128, 8, 256, 1},
                                                    {"w96", 96, 8, 256, 4}, {"w128", 128, 8, 256, 8}};

/// Values [rows, columns] and a scale for each row and 32 columns.
struct QuantizedMatrix {
    int rows, columns;
    std::vector<int> values;
    std::vector<Float16> scales;

    QuantizedMatrix(int row_count, int column_count, int bits, std::uint32_t seed) : rows(row_count), columns(column_count) {
        std::mt19937 generator(seed);
        std::uniform_int_distribution<int> value(bits == 8 ? -127 : -8, bits == 8 ? 127 : 7);
        std::uniform_real_distribution<float> magnitude(0.5f, 2.0f);
        const float scale = 1 / (std::sqrt(static_cast<float>(columns)) * (bits == 8 ? 127.0f : 8.0f));
        for (int i = 0; i < rows * columns; i++)
            values.push_back(value(generator));
        for (int i = 0; i < rows * blocks(); i++)
            // An int4 scale may be negative.
            scales.push_back(to_float16((bits == 4 && i % 3 == 0 ? -scale : scale) * magnitude(generator)));
    }

    [[nodiscard]] int blocks() const { return (columns + 31) / 32; }
    [[nodiscard]] int value(int row, int column) const { return values[static_cast<std::size_t>(row * columns + column)]; }
    [[nodiscard]] Float16 scale(int row, int block) const { return scales[static_cast<std::size_t>(row * blocks() + block)]; }
    [[nodiscard]] double weight(int row, int column) const {
        return static_cast<double>(to_float(scale(row, column / 32))) * value(row, column);
    }
};

/// A linear layer with random quantized weights; for SwiGlu there is a second matrix and no bias.
struct QuantizedCase : LinearLayer {
    int bits;
    QuantizedMatrix weight, up;
    /// Blocks along y of the kernels for few tokens; 0 is one for each row tile.
    int row_blocks = 0;
    /// Whether their shared memory is as little as they can do with, so that activations come in parts.
    bool little_room = false;

    QuantizedCase(int bit_count, int token_count, int columns, int rows, Epilogue kind, bool with_bias, bool with_residual,
                  std::uint32_t seed)
        : LinearLayer(token_count, columns, rows, kind, with_bias, with_residual, seed), bits(bit_count),
          weight(rows, columns, bit_count, seed + 1), up(rows, columns, bit_count, seed + 2) {}

    [[nodiscard]] std::string format() const { return bits == 8 ? "int8" : "int4"; }
    [[nodiscard]] int stages() const { return (in + 63) / 64; }
    [[nodiscard]] int value_bytes() const { return bits == 8 ? 1024 : 512; }

    /// The picture in quantized_order.h, from the matrix's side: where each value and each scale goes.
    [[nodiscard]] std::vector<std::uint8_t> packed() const {
        const std::size_t tile_bytes = size(stages(), value_bytes() + 64);
        // Values of 0: bytes of 128, half bytes of 8.
        std::vector<std::uint8_t> bytes(size(tiles(), 1) * tile_bytes, bits == 8 ? 0x80 : 0x88);
        for (int tile = 0; tile < tiles(); tile++) {
            std::uint8_t *values = bytes.data() + size(tile, 1) * tile_bytes;
            std::uint8_t *scales = values + size(stages(), value_bytes());
            std::fill(scales, scales + size(stages(), 64), std::uint8_t{0});
            for (int tile_row = 0; tile_row < 16; tile_row++) {
                const QuantizedMatrix &matrix = gated() && tile_row >= 8 ? up : weight;
                const int row = gated() ? tile * 8 + tile_row % 8 : tile * 16 + tile_row;
                if (row >= out)
                    continue;
                for (int column = 0; column < in; column++)
                    place(values + size(column / 64, value_bytes()), tile_row, column % 64, matrix.value(row, column));
                for (int block = 0; block < matrix.blocks(); block++) {
                    const std::uint16_t half = matrix.scale(row, block).bits;
                    std::uint8_t *at = scales + size(block / 2, 64) + size(tile_row % 8, 8) + size(tile_row / 8, 4) + size(block % 2, 2);
                    at[0] = static_cast<std::uint8_t>(half);
                    at[1] = static_cast<std::uint8_t>(half >> 8);
                }
            }
        }
        return bytes;
    }

    /// The same layer for some of the tokens.
    [[nodiscard]] QuantizedCase part(int first, int count) const {
        QuantizedCase result = *this;
        result.keep(first, count);
        return result;
    }

    [[nodiscard]] std::vector<float> run(const LinearKernel &kernel, bool in_place = false) const {
        const DeviceArray<std::uint8_t> fragments(packed());
        return run(kernel, as<Words4>(fragments.constant()), in_place);
    }

    [[nodiscard]] std::vector<float> run(const LinearKernel &kernel, Global<const Words4> fragments, bool in_place = false) const {
        return kernel.splits == 0 ? LinearLayer::run(format(), kernel, fragments, in_place, shared_bytes(kernel), row_blocks)
                                  : WideRun(*this, format(), kernel, fragments, in_place).run();
    }

    /// Room for all of a slice, as far as a block has it.
    [[nodiscard]] int shared_bytes(const LinearKernel &kernel) const {
        constexpr int Most = 80 * 1024;
        const int block_tokens = std::min(tokens, kernel.tokens);
        const int slice = slice_steps(in) / StageSteps;
        const int room = little_room ? chunk_stages(kernel.tokens / 8) : Most / operand_bytes(block_tokens, 1);
        return operand_bytes(block_tokens, std::min(slice, room));
    }

    /// Weights exact, activations rounded to f16; the bound is for fp32 sums alone.
    [[nodiscard]] Expected expected(int token, int row) const {
        return finish(token, row, [&](bool second) {
            const QuantizedMatrix &matrix = second ? up : weight;
            return sum_of([&](int k) {
                return static_cast<double>(to_float(to_float16(x[size(token, in) + static_cast<std::size_t>(k)]))) * matrix.weight(row, k);
            });
        });
    }

private:
    void place(std::uint8_t *stage, int tile_row, int column, int value) const {
        const int step = column / 16;
        const int lane = tile_row % 8 * 4 + column % 16 / 4;
        const int reg = tile_row / 8 + column % 4 / 2 * 2;
        const int high = column % 2;
        if (bits == 8) {
            stage[step / 2 * 512 + lane * 16 + step % 2 * 8 + reg * 2 + high] = static_cast<std::uint8_t>(value + 128);
            return;
        }
        std::uint8_t &pair = stage[lane * 16 + step * 4 + high * 2 + reg / 2];
        const int shift = reg % 2 * 4;
        pair = static_cast<std::uint8_t>((pair & ~(15 << shift)) | ((value + 8) << shift));
    }
};

} // namespace unimed
