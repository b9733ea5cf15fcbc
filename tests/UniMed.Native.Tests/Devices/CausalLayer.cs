using UniMed.Native.Tests.Expected;

namespace UniMed.Native.Tests.Devices;

/// <summary>The attention projections of one layer, on a device and as exact numbers.</summary>
public sealed class CausalLayer : IDisposable
{
    private readonly StoredMatrix _query;
    private readonly StoredMatrix _key;
    private readonly StoredMatrix _value;

    public CausalLayer(Device device, Random random, CausalShape shape, ElementType type)
    {
        Shape = shape;
        Rotary = new RotaryTable(shape.HeadDim, shape.Positions, 10000);
        _query = new StoredMatrix(random, shape.Heads * shape.HeadDim, shape.Hidden, type, strided: true);
        _key = new StoredMatrix(random, shape.KvHeads * shape.HeadDim, shape.Hidden, type);
        _value = new StoredMatrix(random, shape.KvHeads * shape.HeadDim, shape.Hidden, type);
        Weights = device.LoadQkv(_query.Tensor, _key.Tensor, _value.Tensor, shape.Heads, shape.KvHeads, Rotary);
    }

    public CausalShape Shape { get; }

    public RotaryTable Rotary { get; }

    public QkvWeights Weights { get; }

    /// <summary>Stored bytes of the three projections.</summary>
    public long MatrixBytes => _query.Tensor.ByteLength + _key.Tensor.ByteLength + _value.Tensor.ByteLength;

    /// <summary>Rotated queries of a sequence whose rows stand at positions 0, 1, ...</summary>
    /// <param name="input">The rows, as the projections see them.</param>
    public Bounded[,] ExpectedQuery(Bounded[,] input) =>
        ExpectedAttention.Rotate(ExpectedLinear.Product(_query.Values, input), Shape.Heads, Rotary);

    /// <summary>Attention of the whole sequence.</summary>
    public Bounded[,] ExpectedOutput(Bounded[,] input) =>
        ExpectedAttention.Causal(
            ExpectedQuery(input),
            ExpectedAttention.Rotate(ExpectedLinear.Product(_key.Values, input), Shape.KvHeads, Rotary),
            ExpectedLinear.Product(_value.Values, input),
            Shape.Heads,
            Shape.KvHeads);

    public void Dispose() => Weights.Dispose();
}
