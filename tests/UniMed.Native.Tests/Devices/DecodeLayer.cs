namespace UniMed.Native.Tests.Devices;

/// <summary>A decoder layer between an embedding table and a head, with its scratch memory: the operations of a decode step.</summary>
public sealed class DecodeLayer : IDisposable
{
    public const int Vocabulary = 23;

    private readonly CausalShape _shape;
    private readonly Device _device;
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

    /// <summary>A small layer whose sizes are not multiples of a tile.</summary>
    public DecodeLayer(Device device, Random random, int sequences)
        : this(device, random, sequences, new CausalShape(Hidden: 40, Heads: 4, KvHeads: 2, HeadDim: 10, BlockSize: 3, Positions: 64), 56, ElementType.F16)
    {
    }

    public DecodeLayer(Device device, Random random, int sequences, CausalShape shape, int intermediate, ElementType type)
    {
        _device = device;
        _shape = shape;
        _attention = new CausalLayer(device, random, shape, type);
        _embedding = device.LoadEmbedding(new StoredMatrix(random, Vocabulary, shape.Hidden, ElementType.F16).Tensor);
        _norm = device.LoadNorm(new StoredMatrix(random, 1, shape.Hidden, ElementType.F16).Tensor, null);
        MatrixBytes = _attention.MatrixBytes;
        _oProj = device.LoadLinear(Matrix(random, shape.Hidden, shape.Heads * shape.HeadDim, type), null);
        _gateUp = device.LoadGated(Matrix(random, intermediate, shape.Hidden, type), Matrix(random, intermediate, shape.Hidden, type));
        _downProj = device.LoadLinear(Matrix(random, shape.Hidden, intermediate, type), null);
        _head = device.LoadLinear(Matrix(random, Vocabulary, shape.Hidden, type), null);
        _buffer = device.Allocate(sequences * ((5L * shape.Hidden) + intermediate + Vocabulary));
        long at = 0;
        _hidden = Next(sequences, shape.Hidden, ref at);
        _normed = Next(sequences, shape.Hidden, ref at);
        _query = Next(sequences, shape.Hidden, ref at);
        _attended = Next(sequences, shape.Hidden, ref at);
        _gated = Next(sequences, intermediate, ref at);
        _last = Next(sequences, shape.Hidden, ref at);
        _logits = Next(sequences, Vocabulary, ref at);
    }

    public int BlockSize => _shape.BlockSize;

    /// <summary>Stored bytes of the layer's matrices and the head, which a step reads once.</summary>
    public long MatrixBytes { get; private set; }

    /// <summary>Bytes of a cached position as binary16.</summary>
    public int CachedBytes => 2 * _shape.KvHeads * _shape.HeadDim * sizeof(ushort);

    public KvCache CreateCache(int blocks) => _device.CreateKvCache(1, _shape.KvHeads, _shape.HeadDim, blocks, _shape.BlockSize);

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

    private HostTensor Matrix(Random random, int rows, int columns, ElementType type)
    {
        HostTensor matrix = new StoredMatrix(random, rows, columns, type).Tensor;
        MatrixBytes += matrix.ByteLength;
        return matrix;
    }

    private Tensor Next(int rows, int columns, ref long at)
    {
        var tensor = new Tensor(_buffer, at, rows, columns);
        at += tensor.Length;
        return tensor;
    }
}
