using UniMed.Native;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>How a tensor is written.</summary>
/// <param name="Format">Plain, or in blocks.</param>
/// <param name="Type">Type of the written values.</param>
internal readonly record struct OutputFormat(WeightFormat Format, ElementType Type)
{
    /// <summary>8-bit blocks.</summary>
    public static OutputFormat Int8 { get; } = Blocks(WeightFormat.Int8Block32);

    /// <summary>4-bit blocks.</summary>
    public static OutputFormat Int4 { get; } = Blocks(WeightFormat.Int4Block32);

    /// <summary>True for blocks with scales.</summary>
    public bool IsQuantized => Format != WeightFormat.Plain;

    /// <summary>The name in reports: the element type, INT8 or INT4.</summary>
    public string Name => Format switch
    {
        WeightFormat.Int8Block32 => "INT8",
        WeightFormat.Int4Block32 => "INT4",
        _ => Type.SafetensorsName(),
    };

    /// <summary>Numbers that stand by themselves.</summary>
    public static OutputFormat Plain(ElementType type) => new(WeightFormat.Plain, type);

    /// <summary>Shape of the written values.</summary>
    public IReadOnlyList<long> ValueShape(IReadOnlyList<long> shape) =>
        IsQuantized ? [shape[0], BlockQuantization.RowBytes(Format, checked((int)shape[1]))] : shape;

    /// <summary>Shape of the scales of a quantized matrix.</summary>
    public static IReadOnlyList<long> ScaleShape(IReadOnlyList<long> shape) => [shape[0], BlockQuantization.Blocks(checked((int)shape[1]))];

    /// <summary>Bytes written, scales included.</summary>
    public long ByteLength(IReadOnlyList<long> shape)
    {
        long values = ValueShape(shape).Aggregate(1L, (product, size) => product * size) * Type.Size();
        return IsQuantized ? values + (ScaleShape(shape)[0] * ScaleShape(shape)[1] * ElementType.F16.Size()) : values;
    }

    private static OutputFormat Blocks(WeightFormat format) => new(format, BlockQuantization.ValueType(format));
}
