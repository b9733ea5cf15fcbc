using UniMed.Inference.Weights;
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
    private readonly Dictionary<string, (SyntheticTensor Tensor, int Place, WeightFormat Format)> _made = [];

    /// <summary>Declares all tensors; makes none.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dtype">How matrices are stored.</param>
    /// <param name="seed">Another seed gives other numbers.</param>
    public SyntheticWeights(SyntheticShape shape, SyntheticDtype dtype, int seed)
    {
        _numbers = new SyntheticNumbers(seed);
        int place = 0;
        foreach (SyntheticTensor tensor in SyntheticTensor.Of(shape))
        {
            WeightFormat format = Format(tensor, dtype, shape.Connector?.TaskTokenC ?? 0);
            _made.Add(tensor.Name, (tensor, ++place, format));
            if (format == WeightFormat.Plain)
            {
                Declare(tensor.Name, Type(tensor, dtype), tensor.Rows, tensor.Columns);
                continue;
            }

            Declare(tensor.Name, BlockQuantization.ValueType(format), tensor.Rows, BlockQuantization.RowBytes(format, tensor.Columns));
            Declare(tensor.Name + TensorNames.ScalesSuffix, ElementType.F16, tensor.Rows, BlockQuantization.Blocks(tensor.Columns));
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
            (SyntheticTensor scaled, int at, WeightFormat scaledFormat) = _made[name[..^TensorNames.ScalesSuffix.Length]];
            return _numbers.Scales(scaledFormat, scaled.Rows, scaled.Columns, at);
        }

        (SyntheticTensor tensor, int place, WeightFormat format) = _made[name];
        if (format != WeightFormat.Plain)
            return _numbers.Values(format, tensor.Rows, tensor.Columns, place);
        (float mean, float deviation) = tensor.Role switch
        {
            SyntheticRole.NormScale => (1, NormDeviation),
            SyntheticRole.Vector => (0, SmallDeviation),
            SyntheticRole.Table or SyntheticRole.Layer or SyntheticRole.LmHead => (0f, SyntheticNumbers.Layer(tensor.Columns)),
            _ => throw new InvalidOperationException($"{tensor.Role} has no numbers."),
        };
        return _numbers.Plain(_tensors[name].Type, tensor.Rows, tensor.Columns, mean, deviation, place);
    }

    /// <summary>Nothing to give back: memory belongs to the tensors.</summary>
    public void Dispose()
    {
    }

    private static WeightFormat Format(SyntheticTensor tensor, SyntheticDtype dtype, int taskColumns)
    {
        // As unimed-convert: a router that is cut inside a block stays F16.
        bool isTorn = tensor.Name == "connector.router.fc1.weight" && taskColumns % BlockQuantization.BlockSize != 0;
        return (tensor.Role, dtype) switch
        {
            (SyntheticRole.Layer, SyntheticDtype.Int8) when !isTorn => WeightFormat.Int8Block32,
            (SyntheticRole.Layer, SyntheticDtype.Int4) when !isTorn => WeightFormat.Int4Block32,
            (SyntheticRole.LmHead, SyntheticDtype.Int8 or SyntheticDtype.Int4) => WeightFormat.Int8Block32,
            _ => WeightFormat.Plain,
        };
    }

    private static ElementType Type(SyntheticTensor tensor, SyntheticDtype dtype) => dtype switch
    {
        SyntheticDtype.F32 => ElementType.F32,
        SyntheticDtype.F16 => ElementType.F16,
        SyntheticDtype.Bf16 => ElementType.BF16,
        _ => tensor.Role is SyntheticRole.NormScale or SyntheticRole.Vector ? ElementType.F32 : ElementType.F16,
    };

    private void Declare(string name, ElementType type, int rows, int columns) =>
        _tensors.Add(name, new TensorInfo(name, type, rows == 1 ? [columns] : [rows, columns], 0, (long)rows * columns * type.Size()));
}
