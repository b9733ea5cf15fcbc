namespace UniMed.Native;

/// <summary>What kind of hardware or implementation a device is.</summary>
public enum DeviceKind
{
    /// <summary>Plain fp32 C#: the specification of every operation.</summary>
    Reference,

    /// <summary>Handwritten CUDA kernels, on a card or emulated on the CPU.</summary>
    Cuda,

    /// <summary>Kernels in C# that ILGPU compiles at run time for CUDA, OpenCL, or its CPU accelerator.</summary>
    Ilgpu,

    /// <summary>SIMD kernels in C# on the processor.</summary>
    Cpu,
}
