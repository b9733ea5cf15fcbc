using UniMed.Native;

namespace UniMed.CpuBench;

/// <summary>A LLaMA with random weights, called through the device's operations as the engine calls them.</summary>
internal sealed class RandomLlama : IDisposable
{
    private const int BlockSize = 16;

    private readonly Device _device;
    private readonly EmbeddingWeights _table;
    private readonly (NormWeights Input, QkvWeights Qkv, LinearWeights Output, NormWeights Post, GatedWeights GateUp, LinearWeights Down)[] _layers;
    private readonly NormWeights _norm;
    private readonly LinearWeights _head;
    private readonly KvCache _cache;
    private readonly DeviceBuffer _hidden;
    private readonly DeviceBuffer _normed;
    private readonly DeviceBuffer _query;
    private readonly DeviceBuffer _attended;
    private readonly DeviceBuffer _gated;
    private readonly DeviceBuffer _logits;
    private readonly int[] _blocks;
    private readonly int[] _offsets = new int[2];
    private readonly int[] _starts = new int[1];
    private readonly SampledToken[] _sampled = new SampledToken[1];
    private readonly SamplingParameters[] _greedy = [new(false, 1, 0, 1, 1, 0, 0, 0)];

    public RandomLlama(Device device, LlamaShape shape, ElementType type, int positions)
    {
        Shape = shape;
        _device = device;
        int hidden = shape.Hidden;
        int kv = shape.KvHeads * shape.HeadDim;
        _table = device.LoadEmbedding(RandomMatrix.Of(shape.Vocabulary, hidden, ElementType.F16, 1));
        var rotary = new RotaryTable(shape.HeadDim, positions, 10000);
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(i => (
            device.LoadNorm(RandomMatrix.Ones(hidden), null),
            device.LoadQkv(Matrix(hidden, hidden), Matrix(kv, hidden), Matrix(kv, hidden), shape.Heads, shape.KvHeads, rotary),
            device.LoadLinear(Matrix(hidden, hidden), null),
            device.LoadNorm(RandomMatrix.Ones(hidden), null),
            device.LoadGated(Matrix(shape.Intermediate, hidden), Matrix(shape.Intermediate, hidden)),
            device.LoadLinear(Matrix(hidden, shape.Intermediate), null)))];
        _norm = device.LoadNorm(RandomMatrix.Ones(hidden), null);
        _head = device.LoadLinear(Matrix(shape.Vocabulary, hidden), null);
        _blocks = [.. Enumerable.Range(0, (positions + BlockSize - 1) / BlockSize)];
        _cache = device.CreateKvCache(shape.Layers, shape.KvHeads, shape.HeadDim, _blocks.Length, BlockSize);
        _hidden = device.Allocate((long)positions * hidden);
        _normed = device.Allocate((long)positions * hidden);
        _query = device.Allocate((long)positions * hidden);
        _attended = device.Allocate((long)positions * hidden);
        _gated = device.Allocate((long)positions * shape.Intermediate);
        _logits = device.Allocate(shape.Vocabulary);

        HostTensor Matrix(int rows, int columns) => RandomMatrix.Of(rows, columns, type, Seed++);
    }

    public LlamaShape Shape { get; }

    /// <summary>Bytes of stored weights that one token reads.</summary>
    public long TokenBytes => _head.ByteLength + _layers.Sum(layer => layer.Qkv.ByteLength + layer.Output.ByteLength + layer.GateUp.ByteLength + layer.Down.ByteLength);

    private int Seed { get; set; } = 7;

    /// <summary>Runs tokens behind a number of cached positions and chooses the next one.</summary>
    public int Step(ReadOnlySpan<int> ids, int start)
    {
        int rows = ids.Length;
        Tensor hidden = _hidden.AsTensor(rows, Shape.Hidden);
        Tensor normed = _normed.AsTensor(rows, Shape.Hidden);
        Tensor query = _query.AsTensor(rows, Shape.Hidden);
        Tensor attended = _attended.AsTensor(rows, Shape.Hidden);
        Tensor gated = _gated.AsTensor(rows, Shape.Intermediate);
        (_offsets[1], _starts[0]) = (rows, start);
        var batch = new AttentionBatch(_offsets, _starts, _blocks, _blocks.Length);
        _device.Embed(_table, ids, null, hidden);
        for (int i = 0; i < _layers.Length; i++)
        {
            (NormWeights input, QkvWeights qkv, LinearWeights output, NormWeights post, GatedWeights gateUp, LinearWeights down) = _layers[i];
            _device.RmsNorm(input, hidden, 1e-5f, normed);
            _device.QkvRotary(qkv, normed, batch, _cache, i, query);
            if (rows == 1)
                _device.DecodeAttention(query, batch, _cache, i, attended);
            else
                _device.PrefillAttention(query, batch, _cache, i, attended);
            _device.Linear(output, attended, Activation.None, hidden, hidden);
            _device.RmsNorm(post, hidden, 1e-5f, normed);
            _device.SwiGlu(gateUp, normed, gated);
            _device.Linear(down, gated, Activation.None, hidden, hidden);
        }

        Tensor last = normed.Slice(0, 1);
        _device.RmsNorm(_norm, hidden.Slice(rows - 1, 1), 1e-5f, last);
        Tensor logits = _logits.AsTensor(1, Shape.Vocabulary);
        _device.Linear(_head, last, Activation.None, null, logits);
        _device.Sample(logits, _greedy, [], [0, 0], _sampled);
        return _sampled[0].Id;
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in new[] { _hidden, _normed, _query, _attended, _gated, _logits })
            buffer.Dispose();
        _cache.Dispose();
    }
}
