#pragma once

#include "primitives/target.h"

#ifndef UNIMED_GPU
#include "host/kernel.h"
#endif

/// UNIMED_KERNEL(name, threads, (parameters)) { body }: a kernel for blocks of at most `threads` threads along x, known by `name` in the
/// fatbin and in the host library. Parameters are trivially copyable; memory is passed as Global<T>.
#ifdef UNIMED_GPU
#define UNIMED_KERNEL(name, threads, ...) extern "C" __global__ void __launch_bounds__(threads) name __VA_ARGS__
#else
#define UNIMED_KERNEL(name, threads, ...) UNIMED_HOST_KERNEL(name, threads, __VA_ARGS__)
#endif
