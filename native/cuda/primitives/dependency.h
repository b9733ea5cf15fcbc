#pragma once

#include "primitives/target.h"

#ifndef UNIMED_GPU
#include "host/device.h"
#endif

/// Programmatic dependent launch: with the launch attribute set, a kernel starts while the one before it still runs. Instructions of sm_90;
/// nothing on older cards. The host runs kernels one after another, and checks for those launched so that they wait before they store and
/// before they read what a kernel wrote.
namespace unimed {

/// Returns when all kernels this one depends on have ended and their results can be read. What is read before may not depend on them.
UNIMED_DEVICE void wait_for_previous_kernels() {
#if !defined(UNIMED_GPU)
    host::wait_for_previous_kernels();
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// The next kernel may start as soon as every block has said this or ended.
UNIMED_DEVICE void let_next_kernel_start() {
#if defined(UNIMED_GPU) && defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

} // namespace unimed
