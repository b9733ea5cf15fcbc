namespace UniMed.Native.Cuda;

/// <summary>The 16-bit type a matrix has on the card.</summary>
internal enum HalfType
{
    /// <summary>binary16: for F16, F32 and F64 weights.</summary>
    F16,

    /// <summary>bfloat16: for BF16 weights.</summary>
    BF16,
}
