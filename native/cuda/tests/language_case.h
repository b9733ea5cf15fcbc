#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "primitives/float16.h"
#include "tests/device.h"
#include "tests/random_values.h"

namespace unimed {

template <class... Arguments>
void launch_3d(const char *name, std::array<int, 3> grid, std::uint32_t threads, Arguments... arguments) {
    const void *kernel = nullptr;
    require(unimed_host_find_kernel(name, &kernel));
    std::array<void *, sizeof...(Arguments)> pointers{&arguments...};
    require(unimed_host_launch(kernel, static_cast<std::uint32_t>(grid[0]), static_cast<std::uint32_t>(grid[1]),
                               static_cast<std::uint32_t>(grid[2]), threads, 1, 1, 0, 0, pointers.data()));
}

inline std::size_t product(int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

inline float round_to_half(float value) {
    return to_float(to_float16(value));
}

/// Heads and the paged cache: cache.h, written down a second time.
struct LanguageShape {
    int heads, kv_heads, head_dim, block_size;

    [[nodiscard]] int channels() const { return (head_dim + 7) / 8 * 8; }
    [[nodiscard]] int slots() const { return (block_size + 7) / 8 * 8; }
    [[nodiscard]] int group() const { return heads / kv_heads; }
    [[nodiscard]] std::size_t block_elements() const { return product(2 * kv_heads, channels() * slots()); }
    [[nodiscard]] std::size_t key_at(int block, int kv_head, int slot, int channel) const {
        return product(block, 1) * block_elements() + product(kv_head, channels() * slots()) + product(slot, channels()) +
               static_cast<std::size_t>(channel);
    }
    [[nodiscard]] std::size_t value_at(int block, int kv_head, int slot, int channel) const {
        return product(block, 1) * block_elements() + product(kv_heads + kv_head, channels() * slots()) + product(channel, slots()) +
               static_cast<std::size_t>(slot);
    }
};

/// Rows of a sequence that a launch takes: the first is at position start. A start of -1 without rows is a place nobody takes.
struct SequencePart {
    int start, rows;

    [[nodiscard]] int positions() const { return std::max(start + rows, 0); }
};

/// Parts of sequences, each with scattered blocks of its own for all its positions, as the kernels get them.
struct LanguageBatch {
    static constexpr int Unused = -7;

    std::vector<SequencePart> parts;
    std::vector<int> row_offsets{0}, start_positions, block_tables;
    int blocks_per_sequence = 1;
    int blocks = 0;

    LanguageBatch(const LanguageShape &shape, std::vector<SequencePart> of_sequences, std::uint32_t seed) : parts(std::move(of_sequences)) {
        for (const SequencePart &part : parts) {
            row_offsets.push_back(row_offsets.back() + part.rows);
            start_positions.push_back(part.start);
            const int needed = (part.positions() + shape.block_size - 1) / shape.block_size;
            blocks += needed;
            blocks_per_sequence = std::max(blocks_per_sequence, needed + 1);
        }
        std::vector<int> free(static_cast<std::size_t>(blocks));
        std::iota(free.begin(), free.end(), 0);
        std::shuffle(free.begin(), free.end(), std::mt19937(seed));
        for (const SequencePart &part : parts)
            for (int i = 0; i < blocks_per_sequence; i++) {
                const bool used = i * shape.block_size < part.positions();
                block_tables.push_back(used ? free.back() : Unused);
                if (used)
                    free.pop_back();
            }
    }

    [[nodiscard]] int sequences() const { return static_cast<int>(parts.size()); }
    [[nodiscard]] int rows() const { return row_offsets.back(); }
    [[nodiscard]] int most_rows() const {
        int most = 1;
        for (const SequencePart &part : parts)
            most = std::max(most, part.rows);
        return most;
    }
    [[nodiscard]] int block_of(int sequence, int position, const LanguageShape &shape) const {
        return block_tables[product(sequence, blocks_per_sequence) + static_cast<std::size_t>(position / shape.block_size)];
    }

    /// The same sequences and blocks, other parts of them.
    [[nodiscard]] LanguageBatch with_parts(const std::vector<SequencePart> &others) const {
        LanguageBatch result = *this;
        result.parts = others;
        for (std::size_t s = 0; s < others.size(); s++) {
            result.row_offsets[s + 1] = result.row_offsets[s] + others[s].rows;
            result.start_positions[s] = others[s].start;
        }
        return result;
    }
};

} // namespace unimed
