namespace UniMed.Native.Ilgpu;

/// <summary>What ILGPU compiles for.</summary>
internal enum IlgpuBackend
{
    /// <summary>PTX, through NVIDIA's driver.</summary>
    Cuda,

    /// <summary>OpenCL C, through the driver of any card, or of a CPU.</summary>
    OpenCl,

    /// <summary>ILGPU's CPU accelerator: kernels as .NET threads, one a group.</summary>
    Cpu,
}
