#pragma once

namespace unimed::host {

/// What a call of the library returns; the numbers are the CUDA driver's, so that a caller treats both alike.
enum class Status : int {
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotFound = 500,
    /// An access outside of every allocation, or of shared memory.
    IllegalAddress = 700,
    /// More threads or shared memory than the kernel or the emulated card has.
    OutOfResources = 701,
    MisalignedAddress = 716,
    /// A divergent barrier, an incomplete collective, or another mistake inside a kernel.
    LaunchFailed = 719,
};

} // namespace unimed::host
