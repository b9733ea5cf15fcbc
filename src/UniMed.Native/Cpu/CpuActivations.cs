namespace UniMed.Native.Cpu;

/// <summary>
/// Rows of activations as products take them: fp32 for floating-point weights; for quantized weights blocks of 32 integers with a scale each. Addresses only: whoever made them keeps the memory.
/// </summary>
internal unsafe struct CpuActivations
{
    /// <summary>fp32 rows, with zeros up to a whole vector of the widest kind where a row ends within one. Null where they are quantized.</summary>
    public float* Numbers;

    /// <summary>Numbers from one row to the next.</summary>
    public nint Stride;

    /// <summary>Rows of quantized numbers, zeros behind the last up to a whole block: bytes beside int4 weights, 16-bit integers beside int8 ones.</summary>
    public byte* Values;

    /// <summary>Bytes from one row of values to the next.</summary>
    public nint ValueStride;

    /// <summary>A scale for each block.</summary>
    public float* Scales;

    /// <summary>For each block beside int4 weights: what their offset of 8 adds to a sum, negated, as the two 16-bit sums that a lane has.</summary>
    public int* Corrections;

    /// <summary>Blocks from one row of scales and corrections to the next.</summary>
    public nint Blocks;

    /// <summary>The same without the first rows.</summary>
    public readonly CpuActivations From(int row)
    {
        CpuActivations rest = this;
        if (Numbers != null)
            rest.Numbers += row * Stride;
        if (Values == null)
            return rest;
        rest.Values += row * ValueStride;
        rest.Scales += row * Blocks;
        rest.Corrections += row * Blocks;
        return rest;
    }
}
