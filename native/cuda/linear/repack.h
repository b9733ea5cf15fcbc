#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

/// Bytes of a matrix [out, in] of 16-bit numbers in fragment order (linear/fragment_order.h); 0 when a size is not positive or too large.
/// A gated pair [intermediate, in] has out = 2 * (intermediate rounded up to a multiple of 8).
std::uint64_t unimed_fragment_bytes(std::int32_t out, std::int32_t in);

/// Row-major weights [out, in] into fragment order. `packed` holds unimed_fragment_bytes and is aligned to 16.
void unimed_repack_linear(const std::uint16_t *weight, std::int32_t out, std::int32_t in, void *packed);

/// gate_proj and up_proj, both row-major [intermediate, in], into shared tiles.
void unimed_repack_gated(const std::uint16_t *gate, const std::uint16_t *up, std::int32_t intermediate, std::int32_t in, void *packed);
}
