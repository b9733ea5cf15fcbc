#pragma once

#include "tests/language_case.h"

namespace unimed {

/// Random queries, keys and values of a ragged batch; the cache is NaN wherever no position lies.
struct AttentionCase {
    LanguageShape shape;
    LanguageBatch batch;
    /// [rows, heads, head_dim]; per sequence [positions, kv_heads, head_dim].
    std::vector<float> query;
    std::vector<std::vector<float>> keys, values;

    AttentionCase(const LanguageShape &of, const std::vector<SequencePart> &parts, std::uint32_t seed) : shape(of), batch(of, parts, seed) {
        query = random_values(product(batch.rows(), shape.heads * shape.head_dim), seed);
        for (int s = 0; s < batch.sequences(); s++) {
            const std::size_t size = product(batch.parts[static_cast<std::size_t>(s)].positions(), shape.kv_heads * shape.head_dim);
            keys.push_back(random_values(size, seed + 1000 + static_cast<std::uint32_t>(2 * s)));
            values.push_back(random_values(size, seed + 1001 + static_cast<std::uint32_t>(2 * s)));
            for (float &value : keys.back())
                value = round_to_half(value);
            for (float &value : values.back())
                value = round_to_half(value);
        }
    }

    [[nodiscard]] std::size_t cached_at(int position, int kv_head, int channel) const {
        return product(position, shape.kv_heads * shape.head_dim) + product(kv_head, shape.head_dim) + static_cast<std::size_t>(channel);
    }
    [[nodiscard]] std::size_t row_at(int row, int head) const {
        return product(row, shape.heads * shape.head_dim) + product(head, shape.head_dim);
    }

    [[nodiscard]] std::vector<Float16> cache() const {
        std::vector<Float16> cache(product(batch.blocks, 1) * shape.block_elements(), Float16{0x7E01});
        for (int s = 0; s < batch.sequences(); s++)
            for (int p = 0; p < batch.parts[static_cast<std::size_t>(s)].positions(); p++)
                for (int h = 0; h < shape.kv_heads; h++) {
                    const int block = batch.block_of(s, p, shape), slot = p % shape.block_size;
                    for (int c = 0; c < shape.head_dim; c++) {
                        cache[shape.key_at(block, h, slot, c)] = to_float16(keys[static_cast<std::size_t>(s)][cached_at(p, h, c)]);
                        cache[shape.value_at(block, h, slot, c)] = to_float16(values[static_cast<std::size_t>(s)][cached_at(p, h, c)]);
                    }
                    for (int c = shape.head_dim; c < shape.channels(); c++)
                        cache[shape.key_at(block, h, slot, c)] = Float16{0};
                }
        return cache;
    }

    /// The same cache, other parts of its sequences, with their rows of the queries of all positions.
    [[nodiscard]] AttentionCase with_parts(const std::vector<SequencePart> &others,
                                           const std::vector<std::vector<float>> &of_sequences) const {
        AttentionCase result = *this;
        result.batch = batch.with_parts(others);
        result.query.clear();
        for (std::size_t s = 0; s < others.size(); s++) {
            const auto width = static_cast<std::ptrdiff_t>(shape.heads) * shape.head_dim;
            const auto first = of_sequences[s].begin() + others[s].start * width;
            result.query.insert(result.query.end(), first, first + others[s].rows * width);
        }
        return result;
    }

    [[nodiscard]] std::vector<float> prefill() const {
        const DeviceArray<Float16> cached(cache());
        return prefill(cached.constant());
    }

    [[nodiscard]] std::vector<float> prefill(Global<const Float16> cached) const {
        const DeviceArray<float> queries(query);
        const DeviceArray<int> offsets(batch.row_offsets), starts(batch.start_positions), tables(batch.block_tables);
        DeviceArray<float> output(query.size());
        // One block more than any sequence needs.
        launch_3d("prefill_attention", {batch.most_rows() / 64 + 1, shape.heads, batch.sequences()}, 128, queries.constant(), cached,
                  offsets.constant(), starts.constant(), tables.constant(), output.global(), batch.blocks_per_sequence, shape.heads,
                  shape.kv_heads, shape.head_dim, shape.block_size);
        return output.download();
    }

    [[nodiscard]] std::vector<float> decode(int blocks_along_units = 1) const {
        const DeviceArray<Float16> cached(cache());
        return decode(cached.constant(), blocks_along_units);
    }

    [[nodiscard]] std::vector<float> decode(Global<const Float16> cached, int blocks_along_units) const {
        const DeviceArray<float> queries(query);
        const DeviceArray<int> offsets(batch.row_offsets), starts(batch.start_positions), tables(batch.block_tables);
        DeviceArray<float> output(query.size());
        const int units = (batch.blocks_per_sequence * shape.slots() + 31) / 32;
        DeviceArray<float> vectors(product(batch.sequences() * shape.heads, units * shape.head_dim));
        DeviceArray<float> weights(product(batch.sequences() * shape.heads, units * 2));
        launch_3d("decode_attention", {blocks_along_units, shape.kv_heads * ((shape.group() + 15) / 16), batch.sequences()}, 128,
                  queries.constant(), cached, offsets.constant(), starts.constant(), tables.constant(), vectors.global(), weights.global(),
                  batch.blocks_per_sequence, units, shape.heads, shape.kv_heads, shape.head_dim, shape.block_size);
        if (after_decode)
            after_decode();
        launch_3d("decode_combine", {(shape.heads + 3) / 4, batch.sequences(), 1}, 128, vectors.constant(), weights.constant(),
                  offsets.constant(), starts.constant(), output.global(), units, shape.heads, shape.head_dim, shape.block_size);
        return output.download();
    }

    /// Called between the two kernels of a decode step.
    void (*after_decode)() = nullptr;

    struct Expected {
        std::vector<double> value;
        double bound;
    };

    [[nodiscard]] Expected expected(int sequence, int row, int head) const {
        const auto s = static_cast<std::size_t>(sequence);
        const int seen = batch.parts[s].start + row + 1;
        const int kv_head = head / shape.group();
        const double scale = 1 / std::sqrt(static_cast<double>(shape.head_dim));
        std::vector<double> score;
        double sharpest = 0, largest_value = 0;
        for (int p = 0; p < seen; p++) {
            double dot = 0, size = 0;
            for (int c = 0; c < shape.head_dim; c++) {
                const double term = static_cast<double>(query[row_at(batch.row_offsets[s] + row, head) + static_cast<std::size_t>(c)]) *
                                    static_cast<double>(keys[s][cached_at(p, kv_head, c)]);
                dot += term;
                size += std::abs(term);
                largest_value = std::max(largest_value, std::abs(static_cast<double>(values[s][cached_at(p, kv_head, c)])));
            }
            score.push_back(dot * scale);
            sharpest = std::max(sharpest, size * scale);
        }
        const double largest = *std::max_element(score.begin(), score.end());
        Expected result{std::vector<double>(static_cast<std::size_t>(shape.head_dim)), 0};
        double sum = 0;
        for (int p = 0; p < seen; p++) {
            const double weight = std::exp(score[static_cast<std::size_t>(p)] - largest);
            sum += weight;
            for (int c = 0; c < shape.head_dim; c++)
                result.value[static_cast<std::size_t>(c)] += weight * static_cast<double>(values[s][cached_at(p, kv_head, c)]);
        }
        for (double &value : result.value)
            value /= sum;
        const double u = 0x1p-11;
        result.bound = (std::exp(2.1 * u * sharpest) - 1 + 2.1 * u + 0x1p-22 * (seen / 8 + 1)) * largest_value + 0x1p-24;
        return result;
    }

    void check(const std::vector<float> &output, const std::string &what) const {
        for (int s = 0; s < batch.sequences(); s++)
            for (int row = 0; row < batch.parts[static_cast<std::size_t>(s)].rows; row++)
                for (int head = 0; head < shape.heads; head++) {
                    const Expected exact = expected(s, row, head);
                    for (int c = 0; c < shape.head_dim; c++)
                        ASSERT_NEAR(
                            output[row_at(batch.row_offsets[static_cast<std::size_t>(s)] + row, head) + static_cast<std::size_t>(c)],
                            exact.value[static_cast<std::size_t>(c)], exact.bound)
                            << what << ": " << shape.heads << "/" << shape.kv_heads << " heads of " << shape.head_dim << ", blocks of "
                            << shape.block_size << ", sequence " << s << " from " << batch.parts[static_cast<std::size_t>(s)].start
                            << ", row " << row << ", head " << head << ", channel " << c;
                }
    }
};

} // namespace unimed
