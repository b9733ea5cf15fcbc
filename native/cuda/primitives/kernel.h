#pragma once

#include "primitives/parameters.h"
#include "primitives/target.h"

#ifndef UNIMED_GPU
#include "host/kernel.h"
#endif

/// UNIMED_KERNEL(name, threads, (parameters)) { body }: a kernel for blocks of at most `threads` threads along x, known by `name` in the
/// fatbin and in the host library. Parameters are trivially copyable; memory is passed as Global<T>. Both builds keep the list of the
/// parameters: the fatbin as a variable name_parameters, the host library for unimed_host_kernel_parameters.
#ifdef UNIMED_GPU
#define UNIMED_KERNEL(name, threads, ...)                                                                                                  \
    extern "C" {                                                                                                                           \
    __global__ void name __VA_ARGS__;                                                                                                      \
    __device__ auto name##_parameters = ::unimed::ParameterList<decltype(name)>::codes;                                                    \
    }                                                                                                                                      \
    extern "C" __global__ void __launch_bounds__(threads) name __VA_ARGS__
#else
#define UNIMED_KERNEL(name, threads, ...) UNIMED_HOST_KERNEL(name, threads, __VA_ARGS__)
#endif
