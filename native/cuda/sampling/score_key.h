#pragma once

#include <cstdint>

#include "primitives/bits.h"
#include "primitives/target.h"

/// Scores as unsigned numbers of the same order, so that a threshold is found bit by bit. Both zeros are one key.
namespace unimed::sampling {

/// Where NaN stands: below all numbers, as sorting puts it, or above, as argmax does.
constexpr std::uint32_t LowestKey = 0;
constexpr std::uint32_t HighestKey = 0xFFFFFFFFu;

UNIMED_DEVICE std::uint32_t score_key(float score, std::uint32_t none) {
    if (score != score)
        return none;
    // Minus zero becomes zero.
    const std::uint32_t bits = bits_of(score + 0.0f);
    return bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
}

UNIMED_DEVICE float score_of_key(std::uint32_t key) {
    return float_of(key >> 31 != 0 ? key & 0x7FFFFFFFu : ~key);
}

UNIMED_DEVICE bool is_finite_key(std::uint32_t key) {
    return key > ~0xFF800000u && key < (0x7F800000u | 0x80000000u);
}

/// A token and its score.
struct Candidate {
    std::uint32_t key;
    int id;
};

/// The larger score; the lower id among equals.
UNIMED_DEVICE Candidate better(Candidate a, Candidate b) {
    return b.key > a.key || (b.key == a.key && b.id < a.id) ? b : a;
}

/// The larger score; the higher id among equals.
UNIMED_DEVICE Candidate last_best(Candidate a, Candidate b) {
    return b.key > a.key || (b.key == a.key && b.id > a.id) ? b : a;
}

} // namespace unimed::sampling
