#pragma once

#include <cstdint>

namespace unimed {

/// What one 8- or 16-byte access moves.
struct alignas(8) Words2 {
    std::uint32_t word[2];
};

struct alignas(16) Words4 {
    std::uint32_t word[4];
};

struct alignas(8) Floats2 {
    float value[2];
};

struct alignas(16) Floats4 {
    float value[4];
};

} // namespace unimed
