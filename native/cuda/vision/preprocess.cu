// Preprocessing: a picture in device memory becomes the normalized pixels that patch_embedding takes. Pillow's bicubic resize, byte for
// byte: two passes of integer products, each rounded to bytes; then a table has the normalized number of each byte.
//
//   kernel                        threads   grid (x, y)                                     what
//   preprocess_range              256       min(height, 256)                                smallest and largest of 16-bit samples
//   preprocess_gray16             256       min(height, 1024), ceil(width / 1024)           levels[sample], a byte a pixel
//   preprocess_planar             256       min(height, 1024), ceil(width / 1024)           three planes of floats -> RGB bytes
//   preprocess_columns_{gray,rgb} 256       height, ceil(positions * lanes / 256)           along rows: [height, positions]
//   preprocess_rows               256       positions, ceil(row length / 1024)              down columns: [positions, row length]
//   preprocess_normalize_{gray,rgb} 256     ceil(side * side / 256)                         bytes -> [3, side, side] fp32
//
// What is written as bytes has rows that begin at words. A pass's table (int): the first input of each position, how many inputs it
// reads, then `stride` weights for each, with 22 fraction bits.
//
// Work: a product and a sum for each weight and byte. Bytes: the picture once from memory, what passes write once, output once: 1.6 MB for
// 512 x 512 gray samples and a side of 224, which the four launches outweigh.
// Tricks:
// - Sums of integers have the same bits in any order: `lanes` lanes share a position of a row, neighbouring lanes read neighbouring
//   pixels, and a pass over a wide picture is as coalesced as one over a small one.
// - 16-bit gray has 65536 levels at most: the window is a table that the host computes in double precision, as for pictures in its memory.
// - Results that the host waits for (the range, whether all numbers are finite) are one word a warp: no atomics, no barrier.

#include <cstdint>

#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "primitives/threads.h"
#include "primitives/warp.h"
#include "primitives/words.h"

namespace unimed::preprocess {
namespace {

using Bytes = Global<const std::uint8_t>;

constexpr int PrecisionBits = 32 - 8 - 2;
constexpr int Half = 1 << (PrecisionBits - 1);

UNIMED_DEVICE int smaller(int a, int b) {
    return a < b ? a : b;
}

UNIMED_DEVICE int larger(int a, int b) {
    return a > b ? a : b;
}

UNIMED_DEVICE int to_byte(int sum) {
    return smaller(larger(sum >> PrecisionBits, 0), 255);
}

// One pass, as its table lies in memory.
struct Pass {
    Global<const int> table;
    int positions;
    int stride;

    UNIMED_DEVICE int first(int position) const { return load(table + position); }
    UNIMED_DEVICE int count(int position) const { return load(table + positions + position); }
    UNIMED_DEVICE Global<const int> weights(int position) const {
        return table + 2 * static_cast<std::ptrdiff_t>(positions) + static_cast<std::ptrdiff_t>(position) * stride;
    }
};

// Bytes x .. x + 3 of a row of `length`; zeros behind its end, where nothing is read. `aligned` promises that rows begin at words.
UNIMED_DEVICE std::uint32_t load_bytes(Bytes row, int x, int length, bool aligned) {
    if (aligned && x + 4 <= length)
        return load(as<std::uint32_t>(row + x));
    std::uint32_t four = 0;
    UNIMED_UNROLL
    for (int j = 0; j < 4; j++)
        if (x + j < length)
            four |= static_cast<std::uint32_t>(load(row + x + j)) << (8 * j);
    return four;
}

// The reverse, where rows begin at words and have room for a whole one at their end.
UNIMED_DEVICE void store_bytes(Global<std::uint8_t> row, int x, int length, std::uint32_t four) {
    if (x < length)
        store(as<std::uint32_t>(row + x), four);
}

UNIMED_DEVICE bool is_finite(float value) {
    return value - value == 0.0f;
}

// The nearest level of a number from 0 to 1; what lies outside becomes 0 or 255.
UNIMED_DEVICE std::uint32_t level_of(float value) {
    const float scaled = value * 255.0f + 0.5f;
    return static_cast<std::uint32_t>(static_cast<int>(scaled < 0.0f ? 0.0f : scaled > 255.0f ? 255.0f : scaled));
}

template <int Channels>
UNIMED_DEVICE void resample_columns(Bytes picture, std::int64_t row_bytes, const Pass &pass, int lanes, Global<std::uint8_t> output,
                                    std::int64_t output_row_bytes) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int index = block_y() * thread_count() + thread_index();
    const int position = index / lanes;
    const int part = index % lanes;
    int sum[Channels] = {};
    if (position < pass.positions) {
        const Bytes from = picture + block_x() * row_bytes + static_cast<std::ptrdiff_t>(pass.first(position)) * Channels;
        const Global<const int> weights = pass.weights(position);
        const int count = pass.count(position);
        for (int i = part; i < count; i += lanes) {
            const int weight = load(weights + i);
            UNIMED_UNROLL
            for (int c = 0; c < Channels; c++)
                sum[c] += load(from + static_cast<std::ptrdiff_t>(i) * Channels + c) * weight;
        }
    }
    UNIMED_NO_UNROLL
    for (int mask = 1; mask < lanes; mask *= 2) {
        UNIMED_UNROLL
        for (int c = 0; c < Channels; c++)
            sum[c] += shuffle_xor(sum[c], mask);
    }
    if (part != 0 || position >= pass.positions)
        return;
    const Global<std::uint8_t> to = output + block_x() * output_row_bytes + static_cast<std::ptrdiff_t>(position) * Channels;
    UNIMED_UNROLL
    for (int c = 0; c < Channels; c++)
        store(to + c, static_cast<std::uint8_t>(to_byte(sum[c] + Half)));
}

template <int Channels>
UNIMED_DEVICE void normalize(Bytes picture, std::int64_t row_bytes, Global<const float> normalized, int side, Global<float> output) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int pixel = block_x() * thread_count() + thread_index();
    const int area = side * side;
    if (pixel >= area)
        return;
    const Bytes from = picture + pixel / side * row_bytes + pixel % side * Channels;
    UNIMED_UNROLL
    for (int c = 0; c < 3; c++) {
        const int level = load(from + (Channels == 1 ? 0 : c));
        store(output + static_cast<std::ptrdiff_t>(c) * area + pixel, load(normalized + c * 256 + level));
    }
}

} // namespace

// `flip` is 0, or 0x8000 for signed samples, which then compare as unsigned ones. A pair (smallest, largest) for each warp.
UNIMED_KERNEL(preprocess_range, 256,
              (Global<const std::uint16_t> samples, std::int64_t row_samples, int width, int height, int flip, Global<Words2> ranges)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    int smallest = 0xFFFF;
    int largest = 0;
    for (int y = block_x(); y < height; y += block_count_x()) {
        const Global<const std::uint16_t> row = samples + y * row_samples;
        for (int x = thread_index(); x < width; x += thread_count()) {
            const int sample = load(row + x) ^ flip;
            smallest = smaller(smallest, sample);
            largest = larger(largest, sample);
        }
    }
    UNIMED_UNROLL
    for (int mask = 16; mask > 0; mask /= 2) {
        smallest = smaller(smallest, shuffle_xor(smallest, mask));
        largest = larger(largest, shuffle_xor(largest, mask));
    }
    if (lane_index() == 0) {
        const Words2 range{{static_cast<std::uint32_t>(smallest), static_cast<std::uint32_t>(largest)}};
        store(ranges + block_x() * (thread_count() / 32) + warp_index(), range);
    }
}

UNIMED_KERNEL(preprocess_gray16, 256,
              (Global<const std::uint16_t> samples, std::int64_t row_samples, int width, int height, Bytes levels,
               Global<std::uint8_t> output, std::int64_t output_row_bytes)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int x = (block_y() * thread_count() + thread_index()) * 4;
    const bool aligned = row_samples % 4 == 0 && is_aligned(samples, 8);
    for (int y = block_x(); y < height; y += block_count_x()) {
        const Global<const std::uint16_t> row = samples + y * row_samples;
        std::uint32_t four = 0;
        if (aligned && x + 4 <= width) {
            const Words2 pairs = load(as<Words2>(row + x));
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++) {
                const int sample = static_cast<int>(pairs.word[j / 2] >> (16 * (j % 2)) & 0xFFFF);
                four |= static_cast<std::uint32_t>(load(levels + sample)) << (8 * j);
            }
        } else {
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++)
                if (x + j < width)
                    four |= static_cast<std::uint32_t>(load(levels + load(row + x + j))) << (8 * j);
        }
        store_bytes(output + y * output_row_bytes, x, width, four);
    }
}

// A word for each warp: 1 where one of its numbers was not finite.
UNIMED_KERNEL(preprocess_planar, 256,
              (Global<const float> planes, std::int64_t plane_floats, std::int64_t row_floats, int width, int height,
               Global<std::uint8_t> output, std::int64_t output_row_bytes, Global<std::uint32_t> faults)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    bool faulty = false;
    for (int y = block_x(); y < height; y += block_count_x()) {
        const Global<const float> row = planes + y * row_floats;
        const Global<std::uint8_t> to = output + y * output_row_bytes;
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++) {
            const int x = (block_y() * 4 + j) * thread_count() + thread_index();
            if (x >= width)
                continue;
            UNIMED_UNROLL
            for (int c = 0; c < 3; c++) {
                const float value = load(row + c * plane_floats + x);
                faulty = faulty || !is_finite(value);
                store(to + static_cast<std::ptrdiff_t>(x) * 3 + c, static_cast<std::uint8_t>(level_of(value)));
            }
        }
    }
    const bool warp_is_faulty = any(faulty);
    if (lane_index() == 0)
        store(faults + (block_y() * block_count_x() + block_x()) * (thread_count() / 32) + warp_index(), warp_is_faulty ? 1u : 0u);
}

#define UNIMED_RESAMPLE_PARAMETERS                                                                                                         \
    (Bytes picture, std::int64_t row_bytes, Global<const int> table, int positions, int stride, int lanes, Global<std::uint8_t> output,     \
     std::int64_t output_row_bytes)

UNIMED_KERNEL(preprocess_columns_gray, 256, UNIMED_RESAMPLE_PARAMETERS) {
    resample_columns<1>(picture, row_bytes, {table, positions, stride}, lanes, output, output_row_bytes);
}

UNIMED_KERNEL(preprocess_columns_rgb, 256, UNIMED_RESAMPLE_PARAMETERS) {
    resample_columns<3>(picture, row_bytes, {table, positions, stride}, lanes, output, output_row_bytes);
}

UNIMED_KERNEL(preprocess_rows, 256,
              (Bytes picture, std::int64_t row_bytes, int length, Global<const int> table, int positions, int stride,
               Global<std::uint8_t> output, std::int64_t output_row_bytes)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const Pass pass{table, positions, stride};
    const int x = (block_y() * thread_count() + thread_index()) * 4;
    const bool aligned = row_bytes % 4 == 0 && is_aligned(picture, 4);
    Bytes row = picture + pass.first(block_x()) * row_bytes;
    const Global<const int> weights = pass.weights(block_x());
    const int count = pass.count(block_x());
    int sum[4] = {Half, Half, Half, Half};
    for (int i = 0; i < count; i++) {
        const int weight = load(weights + i);
        const std::uint32_t four = load_bytes(row, x, length, aligned);
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            sum[j] += static_cast<int>(four >> (8 * j) & 0xFF) * weight;
        row = row + row_bytes;
    }
    std::uint32_t four = 0;
    UNIMED_UNROLL
    for (int j = 0; j < 4; j++)
        four |= static_cast<std::uint32_t>(to_byte(sum[j])) << (8 * j);
    store_bytes(output + block_x() * output_row_bytes, x, length, four);
}

#define UNIMED_NORMALIZE_PARAMETERS                                                                                                        \
    (Bytes picture, std::int64_t row_bytes, Global<const float> normalized, int side, Global<float> output)

UNIMED_KERNEL(preprocess_normalize_gray, 256, UNIMED_NORMALIZE_PARAMETERS) {
    normalize<1>(picture, row_bytes, normalized, side, output);
}

UNIMED_KERNEL(preprocess_normalize_rgb, 256, UNIMED_NORMALIZE_PARAMETERS) {
    normalize<3>(picture, row_bytes, normalized, side, output);
}

} // namespace unimed::preprocess
