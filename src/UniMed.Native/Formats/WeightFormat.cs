namespace UniMed.Native;

/// <summary>How a matrix stores its numbers.</summary>
/// <remarks>Source: docs/formats.md.</remarks>
public enum WeightFormat
{
    /// <summary>Each number by itself, in its <see cref="ElementType"/>.</summary>
    Plain,

    /// <summary>Blocks of 32 along a row: one F16 scale and 32 I8 values each. A number is scale * value.</summary>
    Int8Block32,

    /// <summary>Blocks of 32 along a row: one F16 scale and 16 bytes each. The low half of byte j holds value j, the high half value j + 16; a number is scale * (half byte - 8).</summary>
    Int4Block32,
}
