#pragma once

#include <cstddef>
#include <cstdint>

#include "host/launch.h"

/// What the primitives of primitives/ call when there is no GPU. Every function acts for the thread of the kernel that calls it.
namespace unimed::host {

[[nodiscard]] std::uint32_t thread_index();
[[nodiscard]] std::uint32_t thread_count();
[[nodiscard]] Dimensions block_index();
[[nodiscard]] Dimensions block_count();

void wait_for_previous_kernels();
void block_barrier();
void warp_barrier();
[[nodiscard]] std::uint32_t ballot(bool predicate);
/// The word of lane (own lane xor mask), (own lane + distance; its own past the end), or lane index mod 32.
[[nodiscard]] std::uint32_t shuffle_xor(std::uint32_t word, std::uint32_t mask);
[[nodiscard]] std::uint32_t shuffle_down(std::uint32_t word, std::uint32_t distance);
[[nodiscard]] std::uint32_t shuffle_index(std::uint32_t word, std::uint32_t index);

enum class HalfType : std::uint8_t { Float16, BFloat16 };

/// mma.sync.m16n8k16 with fp32 accumulation, d += a b; layouts in primitives/fragment_maps.h.
void mma_m16n8k16(HalfType type, float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]);

/// ldmatrix of 1, 2 or 4 matrices of 8 x 8 halves; lanes 0-7, 8-15, ... name the rows of the first, second, ... matrix.
void ldmatrix(std::uint32_t *registers, std::uint32_t matrices, bool transposed, const void *row);

/// cp.async: the destination is poisoned until its group has been waited for.
void copy_async(void *shared, const void *global, std::uint32_t bytes, std::uint32_t valid_bytes);
void copy_async_commit();
/// Waits until at most `newest` of the thread's committed groups are pending.
void copy_async_wait(std::uint32_t newest);

[[nodiscard]] std::byte *fixed_shared(std::size_t bytes);
[[nodiscard]] std::byte *dynamic_shared();
[[nodiscard]] std::uint32_t dynamic_shared_bytes();

/// Check, and while counting note, an access of the calling thread.
void before_global_load(const void *address, std::uint32_t bytes);
void before_global_store(const void *address, std::uint32_t bytes);
void before_shared_load(const void *address, std::uint32_t bytes);
void before_shared_store(const void *address, std::uint32_t bytes);
/// Check only: a prefetch moves nothing that a counter could see.
void before_prefetch(const void *address);

} // namespace unimed::host
