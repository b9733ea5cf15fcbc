#pragma once

/// What a primitive is on either side. nvcc compiles the body under UNIMED_GPU to instructions; g++ compiles the other one, the emulation.
#ifdef __CUDACC__
#define UNIMED_GPU 1
#define UNIMED_DEVICE __device__ __forceinline__
#define UNIMED_BOTH __host__ __device__ __forceinline__
#define UNIMED_UNROLL _Pragma("unroll")
#define UNIMED_NO_UNROLL _Pragma("unroll 1")
#else
// Inlined even without optimization: the return address inside the runtime then names the access in the kernel, not the primitive.
#define UNIMED_DEVICE [[gnu::always_inline]] inline
#define UNIMED_BOTH inline
#define UNIMED_UNROLL
#define UNIMED_NO_UNROLL
#endif
