namespace UniMed.PtxMachine.Syntax;

/// <summary>A PTX text.</summary>
internal sealed class PtxModule
{
    /// <summary>Kernels by name.</summary>
    public SortedDictionary<string, PtxKernel> Kernels { get; } = new(StringComparer.Ordinal);

    /// <summary>Variables in global memory.</summary>
    public Dictionary<string, PtxVariable> Global { get; } = [];

    /// <summary>Shared variables declared outside of kernels.</summary>
    public Dictionary<string, PtxVariable> Shared { get; } = [];
}
