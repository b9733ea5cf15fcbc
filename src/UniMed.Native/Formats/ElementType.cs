namespace UniMed.Native;

/// <summary>The type of one stored number, by its safetensors name.</summary>
/// <remarks>Source: the safetensors format; F16 is IEEE 754 binary16, BF16 the upper half of a binary32.</remarks>
public enum ElementType
{
    /// <summary>64-bit IEEE 754.</summary>
    F64,

    /// <summary>32-bit IEEE 754.</summary>
    F32,

    /// <summary>16-bit IEEE 754.</summary>
    F16,

    /// <summary>16-bit brain floating point.</summary>
    BF16,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}
