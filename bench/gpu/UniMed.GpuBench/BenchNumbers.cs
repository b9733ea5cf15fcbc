using UniMed.Bench.Synthetic;
using UniMed.Native;

namespace UniMed.GpuBench;

/// <summary>Seeded numbers for activations and weights.</summary>
internal sealed class BenchNumbers(int seed)
{
    private readonly Random _random = new(seed);
    private readonly SyntheticNumbers _weights = new(seed);
    private int _place;

    /// <summary>A generator for whatever else is drawn.</summary>
    public Random Random => _random;

    /// <summary>Activations: even between -size and size.</summary>
    public float[] Activations(int rows, int columns, float size = 2)
    {
        var values = new float[(long)rows * columns];
        for (int i = 0; i < values.Length; i++)
            values[i] = size * ((2 * _random.NextSingle()) - 1);
        return values;
    }

    /// <summary>A layer's matrix.</summary>
    public HostTensor Matrix(SyntheticDtype dtype, int rows, int columns) => dtype switch
    {
        SyntheticDtype.Int8 => _weights.Quantized(WeightFormat.Int8Block32, rows, columns, ++_place),
        SyntheticDtype.Int4 => _weights.Quantized(WeightFormat.Int4Block32, rows, columns, ++_place),
        _ => _weights.Plain(Type(dtype), rows, columns, 0, SyntheticNumbers.Layer(columns), ++_place),
    };

    /// <summary>A bias, or anything small.</summary>
    public HostTensor Vector(int columns, float mean = 0, float deviation = 0.1f) => _weights.Plain(ElementType.F32, 1, columns, mean, deviation, ++_place);

    /// <summary>A table that is never quantized.</summary>
    public HostTensor Table(SyntheticDtype dtype, int rows, int columns) =>
        _weights.Plain(dtype is SyntheticDtype.Int8 or SyntheticDtype.Int4 ? ElementType.F16 : Type(dtype), rows, columns, 0, 1, ++_place);

    /// <summary>Bits of one stored weight of a layer, scales included.</summary>
    public static double Bits(SyntheticDtype dtype) => dtype switch
    {
        SyntheticDtype.F32 => 32,
        SyntheticDtype.Int8 => 8.5,
        SyntheticDtype.Int4 => 4.5,
        _ => 16,
    };

    private static ElementType Type(SyntheticDtype dtype) => dtype switch
    {
        SyntheticDtype.F32 => ElementType.F32,
        SyntheticDtype.Bf16 => ElementType.BF16,
        _ => ElementType.F16,
    };
}
