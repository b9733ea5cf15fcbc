using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Bench.Synthetic;

/// <summary>The weights of a model that no file holds: seeded random numbers, made tensor by tensor when they are asked for.</summary>
/// <remarks>
/// For measuring speed. Numbers have sizes that keep activations near 1, so that no result overflows or becomes nothing; what such a model says means nothing. A tensor's memory belongs to
/// the tensor: a device that copies it lets it go, one that uses it in place keeps it. Thread-safe.
/// </remarks>
internal sealed class SyntheticWeights : IWeightSource
{
    private const float SmallDeviation = 0.02f;
    private const float NormDeviation = 0.1f;

    private readonly SyntheticNumbers _numbers;
    private readonly Dictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, (LayoutTensor Tensor, int Place, WeightFormat Format)> _made = [];

    /// <summary>Declares all tensors; makes none.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dtype">How matrices are stored.</param>
    /// <param name="seed">Another seed gives other numbers.</param>
    public SyntheticWeights(SyntheticShape shape, SyntheticDtype dtype, int seed)
    {
        _numbers = new SyntheticNumbers(seed);
        int place = 0;
        foreach (LayoutTensor tensor in new ModelLayout(shape.Language, shape.Vision, shape.Connector).Tensors.Where(tensor => !tensor.IsOptional))
        {
            WeightFormat format = Format(tensor, dtype);
            _made.Add(tensor.Name, (tensor, ++place, format));
            if (format == WeightFormat.Plain)
            {
                Declare(tensor.Name, Type(tensor, dtype), tensor.Shape);
                continue;
            }

            Declare(tensor.Name, BlockQuantization.ValueType(format), [tensor.Rows, BlockQuantization.RowBytes(format, (int)tensor.Columns)]);
            Declare(tensor.Name + TensorNames.ScalesSuffix, ElementType.F16, [tensor.Rows, BlockQuantization.Blocks((int)tensor.Columns)]);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <inheritdoc/>
    public HostTensor GetTensor(string name)
    {
        if (name.EndsWith(TensorNames.ScalesSuffix, StringComparison.Ordinal))
        {
            (LayoutTensor scaled, int at, WeightFormat scaledFormat) = _made[name[..^TensorNames.ScalesSuffix.Length]];
            return _numbers.Scales(scaledFormat, (int)scaled.Rows, (int)scaled.Columns, at);
        }

        (LayoutTensor tensor, int place, WeightFormat format) = _made[name];
        (int rows, int columns) = ((int)tensor.Rows, (int)tensor.Columns);
        if (format != WeightFormat.Plain)
            return _numbers.Values(format, rows, columns, place);
        (float mean, float deviation) = tensor.Role switch
        {
            TensorRole.NormScale => (1, NormDeviation),
            TensorRole.Vector => (0, SmallDeviation),
            _ => (0f, SyntheticNumbers.Layer(columns)),
        };
        return _numbers.Plain(_tensors[name].Type, rows, columns, mean, deviation, place);
    }

    /// <summary>Nothing to give back: memory belongs to the tensors.</summary>
    public void Dispose()
    {
    }

    /// <summary>As unimed-convert: lm_head is never below int8.</summary>
    private static WeightFormat Format(LayoutTensor tensor, SyntheticDtype dtype) => dtype switch
    {
        SyntheticDtype.Int8 or SyntheticDtype.Int4 when !tensor.CanBeQuantized => WeightFormat.Plain,
        SyntheticDtype.Int8 => WeightFormat.Int8Block32,
        SyntheticDtype.Int4 => tensor.Role == TensorRole.LmHead ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32,
        _ => WeightFormat.Plain,
    };

    private static ElementType Type(LayoutTensor tensor, SyntheticDtype dtype) => dtype switch
    {
        SyntheticDtype.F32 => ElementType.F32,
        SyntheticDtype.F16 => ElementType.F16,
        SyntheticDtype.Bf16 => ElementType.BF16,
        _ => tensor.TypeBesideBlocks,
    };

    private void Declare(string name, ElementType type, IReadOnlyList<long> shape) =>
        _tensors.Add(name, new TensorInfo(name, type, shape, 0, shape.Aggregate(1L, (product, size) => product * size) * type.Size()));
}
