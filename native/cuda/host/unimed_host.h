#pragma once

#include <cstddef>
#include <cstdint>

#include "host/counters.h"

/// The library as a CUDA driver without a card: memory, kernels by name, launches. Calls return a status (host/status.h, the CUDA driver's
/// numbers); unimed_host_error tells the rest. Everything is synchronous: a call has ended when it returns. Safe to call from any thread;
/// one call runs at a time.
extern "C" {

/// What the calling thread's last failed call has to say; empty when there was none. Valid until its next call.
const char *unimed_host_error();

/// Memory whose contents are undefined (all ones here, so that reading them shows).
int unimed_host_allocate(std::uint64_t bytes, void **address);
int unimed_host_free(void *address);
/// Copies between host memory and device memory; both ends in device memory are allowed.
int unimed_host_copy_to_device(void *destination, const void *source, std::uint64_t bytes);
int unimed_host_copy_to_host(void *destination, const void *source, std::uint64_t bytes);
int unimed_host_copy_on_device(void *destination, const void *source, std::uint64_t bytes);
int unimed_host_fill(void *destination, std::uint8_t value, std::uint64_t bytes);
/// Bytes allocated and not freed.
std::uint64_t unimed_host_bytes_in_use();

/// Kernels by name, or in order of their names.
int unimed_host_find_kernel(const char *name, const void **kernel);
std::uint64_t unimed_host_kernel_count();
const char *unimed_host_kernel_name(std::uint64_t index);
/// The parameters that the arguments of a launch must match in number, order, kind and size: a word for each, kind * 4096 + bytes
/// (primitives/parameters.h), and a zero behind the last.
const std::uint16_t *unimed_host_kernel_parameters(const void *kernel);

/// Runs a kernel: arguments[i] points to the i-th parameter, as for cuLaunchKernel. Blocks have one dimension: block_y and block_z are 1.
/// `asked_bytes` is the dynamic shared memory that the kernel was prepared for (cuFuncSetAttribute), 0 if it never was: then what it
/// declares and `shared_bytes` must fit 48 KiB together, else they must fit what the smallest card gives a block.
int unimed_host_launch(const void *kernel, std::uint32_t grid_x, std::uint32_t grid_y, std::uint32_t grid_z, std::uint32_t block_x,
                       std::uint32_t block_y, std::uint32_t block_z, std::uint32_t shared_bytes, std::uint32_t asked_bytes,
                       void **arguments);

/// The same for a launch that may start while the kernels before it still run: an error when it stores, or reads what a kernel wrote,
/// before it has said wait_for_previous_kernels, and when a thread ends without.
int unimed_host_launch_dependent(const void *kernel, std::uint32_t grid_x, std::uint32_t grid_y, std::uint32_t grid_z,
                                 std::uint32_t block_x, std::uint32_t block_y, std::uint32_t block_z, std::uint32_t shared_bytes,
                                 std::uint32_t asked_bytes, void **arguments);

/// Threads that run blocks (0: all the hardware has), counting of accesses (off at first: it costs time), and the order in which the
/// threads of a block run (0: first to last, 1: last to first; a kernel with a race may give another result).
int unimed_host_set_threads(std::uint32_t threads);
int unimed_host_set_counting(std::int32_t on);
int unimed_host_set_reversed(std::int32_t on);
/// Whether accesses to shared memory that no barrier orders are errors (off at first: it costs time).
int unimed_host_set_race_check(std::int32_t on);

/// Counters of the last launch.
int unimed_host_counters(unimed_counters *counters);
/// The sum over all launches since counting was switched on.
int unimed_host_total_counters(unimed_counters *counters);
/// Counts loads of one allocation from now on, and what was counted since.
int unimed_host_watch(const void *address);
int unimed_host_traffic(const void *address, unimed_traffic *traffic);
}
