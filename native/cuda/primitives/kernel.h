#pragma once

#include "primitives/parameters.h"
#include "primitives/target.h"

#ifndef UNIMED_GPU
#include "host/kernel.h"
#endif

/// UNIMED_KERNEL(name, threads, (parameters)) { body }: a kernel for blocks of at most `threads` threads along x, known by `name` in the
/// fatbin and in the host library. Parameters are trivially copyable; memory is passed as Global<T>. Both builds keep the list of the
/// parameters: the fatbin as a variable name_parameters, the host library for unimed_host_kernel_parameters.
///
/// UNIMED_RESIDENT_KERNEL(name, threads, blocks, (parameters)) { body }: the same, in the registers that let so many blocks share a
/// multiprocessor.
#ifdef UNIMED_GPU
#define UNIMED_KERNEL(name, threads, ...) UNIMED_BOUNDED_KERNEL(name, __launch_bounds__(threads), __VA_ARGS__)
#define UNIMED_RESIDENT_KERNEL(name, threads, blocks, ...)                                                                                 \
    UNIMED_BOUNDED_KERNEL(name, __launch_bounds__(threads, blocks), __VA_ARGS__)
#define UNIMED_BOUNDED_KERNEL(name, bounds, ...)                                                                                           \
    extern "C" {                                                                                                                           \
    __global__ void name __VA_ARGS__;                                                                                                      \
    __device__ auto name##_parameters = ::unimed::ParameterList<decltype(name)>::codes;                                                    \
    }                                                                                                                                      \
    extern "C" __global__ void bounds name __VA_ARGS__
#else
#define UNIMED_KERNEL(name, threads, ...) UNIMED_HOST_KERNEL(name, threads, __VA_ARGS__)
#define UNIMED_RESIDENT_KERNEL(name, threads, blocks, ...) UNIMED_HOST_KERNEL(name, threads, __VA_ARGS__)
#endif
