#pragma once

#include <cstddef>

#include "primitives/float16.h"
#include "primitives/global.h"
#include "primitives/target.h"

/// The paged cache: keys and values in f16, in blocks of block_size positions.
///
///     cache:  | layer 0 | layer 1 | ...
///     layer:  | block 0 | block 1 | ...
///     block:  | keys of kv_head 0 | keys of kv_head 1 | ... | values of kv_head 0 | values of kv_head 1 | ...
///     keys:   [slot][channel]      a key's channels are neighbours
///     values: [channel][slot]      a channel's positions are neighbours
///
/// Either way what the products of attention sum over, channels of keys and positions of values, lies side by side, so a lane's 16 bytes
/// are B operands as they are, and neither shared memory nor a transposition stands between the cache and the tensor cores. Slots and
/// channels are filled up to multiples of 8; channels of keys past head_dim hold zeros, everything else past the end may hold anything.
///
/// The position p of a sequence is slot p % block_size of block table[p / block_size]. Kernels count in slots that include the filling, so
/// that 8 of them always lie in one block: slot_index(p). Where block_size is a multiple of 8, slot_index(p) = p.
namespace unimed::language {

constexpr int PieceSlots = 8;

struct CacheShape {
    int kv_heads;
    int head_dim;
    int block_size;

    [[nodiscard]] UNIMED_BOTH int channels() const { return (head_dim + 7) / 8 * 8; }
    [[nodiscard]] UNIMED_BOTH int slots() const { return (block_size + PieceSlots - 1) / PieceSlots * PieceSlots; }
    [[nodiscard]] UNIMED_BOTH std::ptrdiff_t head_elements() const { return static_cast<std::ptrdiff_t>(channels()) * slots(); }
    [[nodiscard]] UNIMED_BOTH std::ptrdiff_t block_elements() const { return 2 * kv_heads * head_elements(); }

    [[nodiscard]] UNIMED_BOTH int slot_index(int position) const { return position / block_size * slots() + position % block_size; }

    /// First element of a head's keys, from the layer's first on; its values are values_offset further.
    [[nodiscard]] UNIMED_BOTH std::ptrdiff_t keys_of(int block, int kv_head) const {
        return block * block_elements() + kv_head * head_elements();
    }
    [[nodiscard]] UNIMED_BOTH std::ptrdiff_t values_offset() const { return kv_heads * head_elements(); }
};

/// Keys and values of one sequence in one layer, for one head.
struct CachedSequence {
    CacheShape shape;
    Global<const Float16> layer;
    /// The sequence's row of the block tables.
    Global<const int> table;
    int kv_head;
};

/// 8 slots of a sequence, in one block.
struct Piece {
    /// Of the first slot; of the first slot and channel 0.
    Global<const Float16> keys;
    Global<const Float16> values;
    int first_slot;
    /// Slots that hold positions at all.
    int held;

    /// How many of its slots, from the first on, hold positions up to the one with this slot index.
    [[nodiscard]] UNIMED_DEVICE int visible(int last) const {
        const int here = last - first_slot + 1 < held ? last - first_slot + 1 : held;
        return here > 0 ? here : 0;
    }
};

/// Pieces past the slot `last` hold nothing, and their addresses are not theirs, for the block table has no entry there.
UNIMED_DEVICE Piece find_piece(const CachedSequence &sequence, int index, int last) {
    Piece piece{sequence.layer, sequence.layer, index * PieceSlots, 0};
    if (piece.first_slot > last)
        return piece;
    const CacheShape &shape = sequence.shape;
    const int slot = piece.first_slot % shape.slots();
    const int block = load(sequence.table + piece.first_slot / shape.slots());
    const std::ptrdiff_t keys = shape.keys_of(block, sequence.kv_head);
    piece.keys = sequence.layer + (keys + static_cast<std::ptrdiff_t>(slot) * shape.channels());
    piece.values = sequence.layer + (keys + shape.values_offset() + slot);
    piece.held = shape.block_size - slot < PieceSlots ? shape.block_size - slot : PieceSlots;
    return piece;
}

} // namespace unimed::language
