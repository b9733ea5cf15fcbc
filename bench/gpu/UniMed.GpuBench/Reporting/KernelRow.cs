using UniMed.Bench;

namespace UniMed.GpuBench.Reporting;

/// <summary>One kernel at one shape.</summary>
/// <param name="Kernel">Name in native/cuda.</param>
/// <param name="Case">Layer and tokens.</param>
/// <param name="Bytes">Bytes that must come from or go to memory.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Cold">Microseconds with another matrix's bytes in the second-level cache.</param>
/// <param name="InARow">Microseconds of one of many launches of a CUDA graph, one after the other.</param>
/// <param name="Matrices">Copies of the matrix that those launches read in turn; 1 for a kernel without one, whose inputs may be cached.</param>
/// <param name="CopyShare">Bytes / cold time, as a share of the measured copy bandwidth.</param>
/// <param name="InARowShare">The same of the time in a row.</param>
/// <param name="Cublas">Microseconds of cublasGemmEx with the same sizes, cold; null where there is none.</param>
internal sealed record KernelRow(string Kernel, string Case, double Bytes, double Flops, Spread Cold, Spread InARow, int Matrices, double CopyShare, double InARowShare, Spread? Cublas)
{
    /// <summary>10^12 operations a second.</summary>
    public double Teraflops => Flops / Cold.Median / 1e6;

    /// <summary>10^9 bytes a second.</summary>
    public double Gigabytes => Bytes / Cold.Median / 1e3;

    /// <summary>cuBLAS's time over ours: above 1 ours is faster.</summary>
    public double? CublasRatio => Cublas?.Median / Cold.Median;
}
