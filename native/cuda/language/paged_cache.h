#pragma once

#include <cstdint>

#include "primitives/global.h"
#include "primitives/target.h"

/// Keys and values of one layer as binary16: [block][key, value][kv_head][slot][head_dim]. Position p of a sequence lies in slot p mod block_size of the
/// block that its block table names at p / block_size.
///
///     block:  | head 0: key of slot 0 | slot 1 | ... | head 1: ... | head 0: value of slot 0 | ...
namespace unimed::language {

struct PagedCache {
    Global<std::uint16_t> layer;
    Global<const int> block_tables;
    int blocks_per_sequence;
    int kv_heads;
    int head_dim;
    int block_size;

    /// Number of the block that holds a position.
    UNIMED_DEVICE int block_of(int sequence, int position) const {
        return load(block_tables + static_cast<std::ptrdiff_t>(sequence) * blocks_per_sequence + position / block_size);
    }

    /// First channel of a key (0) or value (1).
    UNIMED_DEVICE Global<std::uint16_t> row(int block, int value, int kv_head, int slot) const {
        const std::ptrdiff_t head = (static_cast<std::ptrdiff_t>(block) * 2 + value) * kv_heads + kv_head;
        return layer + (head * block_size + slot) * head_dim;
    }
};

} // namespace unimed::language
