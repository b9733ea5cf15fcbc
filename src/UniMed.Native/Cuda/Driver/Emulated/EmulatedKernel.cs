namespace UniMed.Native.Cuda.Emulated;

/// <summary>A kernel that was asked for.</summary>
internal sealed class EmulatedKernel(string name)
{
    /// <summary>Name.</summary>
    public string Name { get; } = name;

    /// <summary>Most dynamic shared memory of a launch.</summary>
    public int MaxDynamicSharedBytes { get; set; } = CudaLaunchShape.SharedBytesWithoutAsking;
}
