#pragma once

#include <cstdint>

#include "primitives/target.h"

#ifndef UNIMED_GPU
#include "host/device.h"
#endif

namespace unimed {

/// Index of the thread in its block; blocks have one dimension.
UNIMED_DEVICE int thread_index() {
#ifdef UNIMED_GPU
    return static_cast<int>(threadIdx.x);
#else
    return static_cast<int>(host::thread_index());
#endif
}

UNIMED_DEVICE int lane_index() {
    return thread_index() % 32;
}

UNIMED_DEVICE int warp_index() {
    return thread_index() / 32;
}

/// Threads of the block.
UNIMED_DEVICE int thread_count() {
#ifdef UNIMED_GPU
    return static_cast<int>(blockDim.x);
#else
    return static_cast<int>(host::thread_count());
#endif
}

/// Place of the block in the grid.
UNIMED_DEVICE int block_x() {
#ifdef UNIMED_GPU
    return static_cast<int>(blockIdx.x);
#else
    return static_cast<int>(host::block_index().x);
#endif
}

UNIMED_DEVICE int block_y() {
#ifdef UNIMED_GPU
    return static_cast<int>(blockIdx.y);
#else
    return static_cast<int>(host::block_index().y);
#endif
}

UNIMED_DEVICE int block_z() {
#ifdef UNIMED_GPU
    return static_cast<int>(blockIdx.z);
#else
    return static_cast<int>(host::block_index().z);
#endif
}

/// Blocks along x.
UNIMED_DEVICE int block_count_x() {
#ifdef UNIMED_GPU
    return static_cast<int>(gridDim.x);
#else
    return static_cast<int>(host::block_count().x);
#endif
}

/// Blocks along y.
UNIMED_DEVICE int block_count_y() {
#ifdef UNIMED_GPU
    return static_cast<int>(gridDim.y);
#else
    return static_cast<int>(host::block_count().y);
#endif
}

/// Waits for every thread of the block; what they wrote before is seen after. No thread may have left the kernel.
UNIMED_DEVICE void block_barrier() {
#ifdef UNIMED_GPU
    __syncthreads();
#else
    host::block_barrier();
#endif
}

/// The same for the threads of a warp.
UNIMED_DEVICE void warp_barrier() {
#ifdef UNIMED_GPU
    __syncwarp();
#else
    host::warp_barrier();
#endif
}

} // namespace unimed
