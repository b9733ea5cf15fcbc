namespace UniMed.GpuBench.Kernels;

/// <summary>A kernel that an operation launches, and what it must do.</summary>
/// <param name="Family">How its name begins.</param>
/// <param name="Bytes">Bytes that must come from or go to memory (docs/performance.md).</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Product">Sizes of the product for cuBLAS: tokens, columns, rows; null when it is none.</param>
internal sealed record KernelPart(string Family, double Bytes, double Flops, (int Tokens, int Columns, int Rows)? Product = null);
