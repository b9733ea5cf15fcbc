namespace UniMed.Native.Tests.Devices;

/// <summary>A decoder layer between an embedding table and a head, with its scratch memory: the operations of a decode step.</summary>
public sealed class DecodeLayer : IDisposable
{
    public const int Vocabulary = 23;

    private static readonly CausalShape Shape = new(Hidden: 40, Heads: 4, KvHeads: 2, HeadDim: 10, BlockSize: 3, Positions: 640);

    private readonly IDevice _device;
    private readonly CausalLayer _attention;
    private readonly EmbeddingWeights _embedding;
    private readonly NormWeights _norm;
    private readonly LinearWeights _oProj;
    private readonly GatedWeights _gateUp;
    private readonly LinearWeights _downProj;
    private readonly LinearWeights _head;
    private readonly DeviceBuffer _buffer;
    private readonly Tensor _hidden;
    private readonly Tensor _normed;
    private readonly Tensor _query;
    private readonly Tensor _attended;
    private readonly Tensor _gated;
    private readonly Tensor _last;
    private readonly Tensor _logits;

    public DecodeLayer(IDevice device, Random random, int sequences)
    {
        const int Intermediate = 56;
        _device = device;
        _attention = new CausalLayer(device, random, Shape, ElementType.F16);
        _embedding = device.LoadEmbedding(Matrix(random, Vocabulary, Shape.Hidden));
        _norm = device.LoadNorm(Matrix(random, 1, Shape.Hidden), null);
        _oProj = device.LoadLinear(Matrix(random, Shape.Hidden, Shape.Heads * Shape.HeadDim), null);
        _gateUp = device.LoadGated(Matrix(random, Intermediate, Shape.Hidden), Matrix(random, Intermediate, Shape.Hidden));
        _downProj = device.LoadLinear(Matrix(random, Shape.Hidden, Intermediate), null);
        _head = device.LoadLinear(Matrix(random, Vocabulary, Shape.Hidden), null);
        _buffer = device.Allocate(sequences * ((5L * Shape.Hidden) + Intermediate + Vocabulary));
        long at = 0;
        _hidden = Next(sequences, Shape.Hidden, ref at);
        _normed = Next(sequences, Shape.Hidden, ref at);
        _query = Next(sequences, Shape.Hidden, ref at);
        _attended = Next(sequences, Shape.Hidden, ref at);
        _gated = Next(sequences, Intermediate, ref at);
        _last = Next(sequences, Shape.Hidden, ref at);
        _logits = Next(sequences, Vocabulary, ref at);
    }

    public int BlockSize => Shape.BlockSize;

    public KvCache CreateCache(int blocks) => _device.CreateKvCache(1, Shape.KvHeads, Shape.HeadDim, blocks, Shape.BlockSize);

    /// <summary>From token ids to logits.</summary>
    public void Run(ReadOnlySpan<int> ids, ReadOnlySpan<int> rows, AttentionBatch batch, KvCache cache)
    {
        Tensor hidden = _hidden.Slice(0, ids.Length);
        Tensor normed = _normed.Slice(0, ids.Length);
        Tensor query = _query.Slice(0, ids.Length);
        Tensor attended = _attended.Slice(0, ids.Length);
        Tensor gated = _gated.Slice(0, ids.Length);
        _device.Embed(_embedding, ids, null, hidden);
        _device.RmsNorm(_norm, hidden, 1e-5f, normed);
        _device.QkvRotary(_attention.Weights, normed, batch, cache, 0, query);
        _device.DecodeAttention(query, batch, cache, 0, attended);
        _device.Linear(_oProj, attended, Activation.None, hidden, hidden);
        _device.RmsNorm(_norm, hidden, 1e-5f, normed);
        _device.SwiGlu(_gateUp, normed, gated);
        _device.Linear(_downProj, gated, Activation.None, hidden, hidden);
        _device.GatherRows(hidden, rows, _last.Slice(0, rows.Length));
        // A copy is work of a step, too.
        _device.Copy(_last.Slice(0, rows.Length), normed.Slice(0, rows.Length));
        _device.Linear(_head, normed.Slice(0, rows.Length), Activation.None, null, _logits.Slice(0, rows.Length));
    }

    public Tensor Logits(int rows) => _logits.Slice(0, rows);

    public float[] Read(int rows)
    {
        var values = new float[rows * Vocabulary];
        _device.Download(Logits(rows), values);
        return values;
    }

    public void Dispose()
    {
        _attention.Dispose();
        _embedding.Dispose();
        _norm.Dispose();
        _oProj.Dispose();
        _gateUp.Dispose();
        _downProj.Dispose();
        _head.Dispose();
        _buffer.Dispose();
    }

    private static HostTensor Matrix(Random random, int rows, int columns) => new StoredMatrix(random, rows, columns, ElementType.F16).Tensor;

    private Tensor Next(int rows, int columns, ref long at)
    {
        var tensor = new Tensor(_buffer, at, rows, columns);
        at += tensor.Length;
        return tensor;
    }
}
