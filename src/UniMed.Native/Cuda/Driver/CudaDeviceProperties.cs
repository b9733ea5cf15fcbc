namespace UniMed.Native.Cuda;

/// <summary>What a card is.</summary>
internal sealed record CudaDeviceProperties
{
    // Code for 8.0 to 9.0 is in every fatbin; for newer cards where the toolkit that made it has them (native/cuda/tools/compile-kernels).
    private const int NewestNativeMajor = 9;

    /// <summary>Number among the devices of the driver, from 0.</summary>
    public required int Ordinal { get; init; }

    /// <summary>As the driver names it.</summary>
    public required string Name { get; init; }

    /// <summary>Compute capability, first number.</summary>
    public required int Major { get; init; }

    /// <summary>Compute capability, second number.</summary>
    public required int Minor { get; init; }

    /// <summary>Memory.</summary>
    public required long TotalBytes { get; init; }

    /// <summary>Streaming multiprocessors.</summary>
    public required int Multiprocessors { get; init; }

    /// <summary>Most shared memory of a block, when the kernel asks for it.</summary>
    public required int MaxSharedBytesPerBlock { get; init; }

    /// <summary>Second-level cache.</summary>
    public required int L2CacheBytes { get; init; }

    /// <summary>CUDA version the driver supports, as 1000 x major + 10 x minor.</summary>
    public required int DriverVersion { get; init; }

    /// <summary>Programmatic dependent launch, also inside graphs: compute capability 9.0 and a driver of CUDA 12.3.</summary>
    public bool OverlapsLaunches => Major >= 9 && DriverVersion >= 12030;

    /// <summary>For a list of devices.</summary>
    public string Description => Card + (Major > NewestNativeMajor
        ? $"; its first start takes longer where {CudaBuildFile.Fatbin.FileName} has no code for {Major}.{Minor} (nvcc before 12.8): the driver then compiles the kernels from PTX, and keeps them (CUDA_CACHE_PATH)"
        : "");

    private string Card =>
        $"{Name}, compute capability {Major}.{Minor}, {Multiprocessors} multiprocessors, {TotalBytes / (double)(1 << 30):F1} GiB, driver for CUDA {DriverVersion / 1000}.{DriverVersion % 1000 / 10}";
}
