using UniMed.Native.Tests.Devices;
using Xunit;

namespace UniMed.Native.Tests.Ptx;

/// <summary>
/// The PTX that ships and the C++ that is tested as cuda-emulated compute the same bits, wherever both know only exact rules: sums of a matrix product have one order in both, and
/// expf, erff, exp and log are the libraries' own on each side.
/// </summary>
public sealed class PtxAndEmulationTests : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly PtxFixture _ptx = new();
    private readonly Lazy<EmulatedCudaFixture> _emulated = new(() => new EmulatedCudaFixture());

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void Linear_layers(ElementType type)
    {
        var random = new Random(1);
        // Each number of rows is of another kernel; the shapes end inside of tiles. Odd rows of a multiple of four columns lie on borders of 16 bytes, and take the way that a model's do.
        (int, int, int)[] shapes =
        [
            (1, 300, 50), (6, 300, 19), (7, 33, 19), (7, 1100, 19), (14, 260, 64), (15, 260, 64), (29, 129, 33), (31, 300, 33), (70, 131, 65), (71, 132, 65), (200, 64, 200), (201, 64, 200),
        ];
        foreach ((int rows, int inputs, int outputs) in shapes)
        {
            var weight = new StoredMatrix(random, outputs, inputs, type);
            float[,] input = RandomValues.Matrix(random, rows, inputs);
            float[,] residual = RandomValues.Matrix(random, rows, outputs);
            AssertSameBits(device =>
            {
                using LinearWeights weights = device.LoadLinear(weight.Tensor, null);
                DeviceMatrix output = Output(device, rows, outputs);
                device.Linear(weights, Input(device, input), Activation.None, Input(device, residual), output.Tensor);
                return output.Read();
            });
        }
    }

    [Fact]
    public void Norms()
    {
        var random = new Random(2);
        foreach ((int rows, int columns) in new[] { (1, 2), (5, 33), (3, 1024), (9, 700) })
        {
            var scale = new StoredMatrix(random, 1, columns, ElementType.F16);
            float[,] input = RandomValues.Matrix(random, rows, columns, 3);
            foreach (bool layer in new[] { false, true })
            {
                AssertSameBits(device =>
                {
                    using NormWeights weights = device.LoadNorm(scale.Tensor, layer ? scale.Tensor : null);
                    DeviceMatrix output = Output(device, rows, columns);
                    if (layer)
                        device.LayerNorm(weights, Input(device, input), 1e-6f, output.Tensor);
                    else
                        device.RmsNorm(weights, Input(device, input), 1e-5f, output.Tensor);
                    return output.Read();
                });
            }
        }
    }

    [Theory]
    [InlineData(3, 5, new[] { 7 })]
    [InlineData(2, 88, new[] { 17, 70 })]
    [InlineData(2, 128, new[] { 40, 1 })]
    public void Vision_attention(int heads, int headDim, int[] images)
    {
        // 2^x has the same bits wherever both give the nearest number; a card need not.
        var random = new Random(3);
        float[,] qkv = RandomValues.Matrix(random, images.Sum(), 3 * heads * headDim);
        int[] offsets = [0, .. images.Select((_, i) => images[..(i + 1)].Sum())];
        AssertSameBits(device =>
        {
            DeviceMatrix output = Output(device, images.Sum(), heads * headDim);
            device.VisionAttention(Input(device, qkv), heads, offsets, output.Tensor);
            return output.Read();
        });
    }

    [Fact]
    public void Rows_and_pools()
    {
        var random = new Random(4);
        float[,] input = RandomValues.Matrix(random, 36, 21);
        AssertSameBits(device =>
        {
            DeviceMatrix output = Output(device, 4, 21);
            device.GatherRows(Input(device, input), [35, 0, 7, 7], output.Tensor);
            return output.Read();
        });
        foreach (PoolKind kind in Enum.GetValues<PoolKind>())
        {
            AssertSameBits(device =>
            {
                DeviceMatrix output = Output(device, 9, 21);
                device.Pool(Input(device, input), 6, kind, output.Tensor);
                return output.Read();
            });
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Patch_embeddings(ElementType type)
    {
        var random = new Random(5);
        foreach ((int patch, int grid, int channels) in new[] { (14, 2, 33), (5, 4, 70), (3, 5, 9) })
        {
            var weight = new StoredMatrix(random, channels, 3 * patch * patch, type);
            var vector = new StoredMatrix(random, 1, channels, type);
            var positions = new StoredMatrix(random, 1 + (grid * grid), channels, type);
            float[,] pixels = RandomValues.Matrix(random, 2, 3 * grid * patch * grid * patch, 2);
            AssertSameBits(device =>
            {
                using PatchEmbeddingWeights weights = device.LoadPatchEmbedding(weight.Tensor, vector.Tensor, vector.Tensor, positions.Tensor, patch, grid);
                DeviceMatrix output = Output(device, 2 * (1 + (grid * grid)), channels);
                device.PatchEmbedding(weights, Input(device, pixels), output.Tensor);
                return output.Read();
            });
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F32)]
    public void Embeddings(ElementType type)
    {
        var table = new StoredMatrix(new Random(6), 23, 37, type);
        AssertSameBits(device =>
        {
            using EmbeddingWeights weights = device.LoadEmbedding(table.Tensor);
            DeviceMatrix output = Output(device, 4, 37);
            device.Embed(weights, [22, 0, 5, 5], null, output.Tensor);
            return output.Read();
        });
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(128, 7)]
    public void Causal_attention_over_the_cache(int headDim, int blockSize)
    {
        const int Rows = 37;
        var shape = new CausalShape(Hidden: 35, Heads: 6, KvHeads: 2, headDim, blockSize);
        int[] blocks = [.. Enumerable.Range(0, ((Rows + blockSize) / blockSize) + 1).Reverse()];
        float[,] input = RandomValues.Matrix(new Random(7), Rows + 1, shape.Hidden, 3);
        AssertSameBits(device =>
        {
            using var layer = new CausalLayer(device, new Random(8), shape, ElementType.F16);
            using KvCache cache = device.CreateKvCache(1, shape.KvHeads, headDim, blocks.Length, blockSize);
            DeviceMatrix query = Output(device, Rows, shape.Heads * headDim);
            DeviceMatrix prompt = Output(device, Rows, shape.Heads * headDim);
            var batch = new AttentionBatch(new[] { 0, Rows }, new[] { 0 }, blocks, blocks.Length);
            device.QkvRotary(layer.Weights, Input(device, input.Range(0, Rows)), batch, cache, 0, query.Tensor);
            device.PrefillAttention(query.Tensor, batch, cache, 0, prompt.Tensor);
            DeviceMatrix next = Output(device, 1, shape.Heads * headDim);
            DeviceMatrix token = Output(device, 1, shape.Heads * headDim);
            var step = new AttentionBatch(new[] { 0, 1 }, new[] { Rows }, blocks, blocks.Length);
            device.QkvRotary(layer.Weights, Input(device, input.Range(Rows, 1)), step, cache, 0, next.Tensor);
            device.DecodeAttention(next.Tensor, step, cache, 0, token.Tensor);
            return Matrices.Stack(query.Read(), prompt.Read(), next.Read(), token.Read());
        });
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        _ptx.Dispose();
        if (_emulated.IsValueCreated)
            _emulated.Value.Dispose();
    }

    private void AssertSameBits(Func<Device, float[,]> operation)
    {
        float[,] ptx = operation(_ptx.Device);
        Matrices.AssertSameBits(operation(_emulated.Value.Device), ptx);
    }

    private Tensor Input(Device device, float[,] values) => Own(new DeviceMatrix(device, values, isInput: true)).Tensor;

    private DeviceMatrix Output(Device device, int rows, int columns) => Own(new DeviceMatrix(device, rows, columns));

    private DeviceMatrix Own(DeviceMatrix matrix)
    {
        _owned.Add(matrix);
        return matrix;
    }
}
