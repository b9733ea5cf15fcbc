namespace UniMed.Native.Cuda.Emulated;

/// <summary>
/// Memory that is a card's, and kernels that run on it on the CPU: what is behind <see cref="EmulatedDriver"/>. Calls come one at a time and are done when
/// they return; after one that fails <see cref="LastError"/> says why.
/// </summary>
internal unsafe interface IKernelHost
{
    /// <summary>The name that selects the device.</summary>
    string DeviceName { get; }

    /// <summary>Names of its kernels, sorted.</summary>
    IReadOnlyList<string> KernelNames { get; }

    /// <summary>What the calling thread's last failed call has to say.</summary>
    string LastError { get; }

    /// <summary>Memory, aligned to 256 bytes, contents undefined.</summary>
    CudaStatus Allocate(long bytes, out ulong address);

    /// <summary>Gives it back.</summary>
    CudaStatus Free(ulong address);

    /// <summary>Copies into device memory.</summary>
    CudaStatus CopyToDevice(ulong destination, void* source, long bytes);

    /// <summary>Copies out of device memory.</summary>
    CudaStatus CopyToHost(void* destination, ulong source, long bytes);

    /// <summary>Copies inside of device memory.</summary>
    CudaStatus CopyOnDevice(ulong destination, ulong source, long bytes);

    /// <summary>Sets bytes.</summary>
    CudaStatus Fill(ulong destination, byte value, long bytes);

    /// <summary>Finds a kernel; <see cref="CudaStatus.NotFound"/> where there is none of that name.</summary>
    CudaStatus FindKernel(string name, out nint kernel);

    /// <summary>A kernel's parameters in order.</summary>
    CudaParameter[] ParametersOf(nint kernel);

    /// <summary>Runs a kernel to its end.</summary>
    /// <param name="kernel">From <see cref="FindKernel"/>.</param>
    /// <param name="shape">Grid and block.</param>
    /// <param name="askedSharedBytes">Dynamic shared memory that the kernel was prepared for; 0 if nobody asked.</param>
    /// <param name="arguments">Where each argument lies.</param>
    CudaStatus Launch(nint kernel, in CudaLaunchShape shape, int askedSharedBytes, void** arguments);
}
