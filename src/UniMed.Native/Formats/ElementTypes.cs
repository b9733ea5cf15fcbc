namespace UniMed.Native;

/// <summary>Sizes and names of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a defined element type.</exception>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 => 8,
        ElementType.F32 or ElementType.I32 => 4,
        ElementType.F16 or ElementType.BF16 => 2,
        ElementType.I8 or ElementType.U8 or ElementType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };

    /// <summary>True for F64, F32, F16 and BF16: the types a weight may have.</summary>
    public static bool IsFloat(this ElementType type) => type is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16;

    /// <summary>The safetensors spelling: <c>F64 F32 F16 BF16 I64 I32 I8 U8 BOOL</c>.</summary>
    public static string SafetensorsName(this ElementType type) => type == ElementType.Bool ? "BOOL" : type.ToString();

    /// <summary>Reads a safetensors spelling; false when the type is not one UniMed knows.</summary>
    public static bool TryParse(string name, out ElementType type)
    {
        foreach (ElementType candidate in Enum.GetValues<ElementType>())
        {
            if (candidate.SafetensorsName() == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
