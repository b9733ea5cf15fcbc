namespace UniMed.Native.Ilgpu;

/// <summary>How the numbers of a matrix are stored on the device.</summary>
internal enum WordFormat
{
    /// <summary>fp32: for F32 and F64 weights, and where formats that must share a matrix differ.</summary>
    F32,

    /// <summary>binary16.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>int8 blocks of 32 with an F16 scale.</summary>
    Int8,

    /// <summary>int4 blocks of 32 with an F16 scale.</summary>
    Int4,
}
