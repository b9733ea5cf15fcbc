using System.Runtime.InteropServices;
using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights;

/// <summary>Matrices of a folder, floating point or quantized: what is read, and what each thing that can be wrong is called.</summary>
public sealed class ModelWeightsTests : IDisposable
{
    private const int Rows = 6;
    private const int Columns = 70;
    private const int Blocks = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(WeightFormat.Int8Block32)]
    [InlineData(WeightFormat.Int4Block32)]
    public void A_matrix_and_its_scales_are_one_quantized_matrix_in_place_even_from_two_shards(WeightFormat format)
    {
        (byte[] values, byte[] scales, float[] numbers) = Quantized(format);
        // A shard of one byte: each tensor gets its own file.
        using SafetensorsSet files = Write(
            1,
            ("w", BlockQuantization.ValueType(format), [Rows, BlockQuantization.RowBytes(format, Columns)], values),
            ("w.scales", ElementType.F16, [Rows, Blocks], scales));
        HostTensor matrix = new ModelWeights(files, "model").Load(Layer("w", Rows, Columns));

        Assert.Equal(2, files.Files.Count);
        Assert.Equal(format, matrix.Format);
        Assert.Equal(files.GetTensor("w").Address, matrix.Address);
        Assert.Equal(files.GetTensor("w.scales").Address, matrix.Scales.Address);
        Assert.Equal(numbers, matrix.ToSingleArray());
    }

    [Fact]
    public void Formats_may_be_mixed_tensor_by_tensor()
    {
        (byte[] values, byte[] scales, float[] numbers) = Quantized(WeightFormat.Int8Block32);
        using SafetensorsSet files = Write(
            1 << 20,
            ("float", ElementType.F32, [Rows, Columns], MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray()),
            ("w", ElementType.I8, [Rows, Columns], values),
            ("w.scales", ElementType.F16, [Rows, Blocks], scales));
        var weights = new ModelWeights(files, "model");

        Assert.Equal(WeightFormat.Plain, weights.Load(Layer("float", Rows, Columns)).Format);
        Assert.Equal(numbers, weights.Load(Layer("float", Rows, Columns)).ToSingleArray());
        Assert.Equal(numbers, weights.Load(Layer("w", Rows, Columns)).ToSingleArray());
    }

    [Fact]
    public void Each_mistake_names_the_tensor_what_it_is_and_what_was_expected()
    {
        (byte[] values, byte[] scales, float[] _) = Quantized(WeightFormat.Int8Block32);
        (byte[] nibbles, byte[] _, float[] _) = Quantized(WeightFormat.Int4Block32);
        using SafetensorsSet files = Write(
            1 << 20,
            ("good", ElementType.I8, [Rows, Columns], values),
            ("good.scales", ElementType.F16, [Rows, Blocks], scales),
            ("alone", ElementType.I8, [Rows, Columns], values),
            ("wide", ElementType.F16, [Rows, Blocks], scales),
            ("wide.scales", ElementType.F16, [Rows, Blocks], scales),
            ("brain", ElementType.I8, [Rows, Columns], values),
            ("brain.scales", ElementType.BF16, [Rows, Blocks], scales),
            ("flat", ElementType.U8, [Rows, 48], nibbles),
            ("flat.scales", ElementType.F16, [Rows * Blocks], scales),
            ("cube", ElementType.I8, [2, 3, Columns], values),
            ("long", ElementType.I32, [1, 1], new byte[4]));
        var weights = new ModelWeights(files, "model");

        Says(() => weights.Load(Layer("none", 2, 3)), "model: tensor 'none' is missing", "2 x 3");
        Says(() => weights.Load(Layer("alone", Rows, Columns)), "'alone' is I8", "'alone.scales' (F16, 6 x 3) are missing");
        Says(() => weights.Load(Layer("wide", Rows, Blocks)), "'wide' is F16", "'wide.scales' stands beside it");
        Says(() => weights.Load(Layer("brain", Rows, Columns)), "'brain.scales' is BF16", "must be F16");
        Says(() => weights.Load(Layer("flat", Rows, Columns)), "'flat.scales' has shape [18]", "[6, 3]");
        Says(() => weights.Load(Layer("cube", Rows, Columns)), "'cube' has shape [2, 3, 70]", "[6, 70]");
        Says(() => weights.Load(Layer("good", Rows, Columns + 1)), "'good' has shape [6, 70]", "6 x 71 quantized as I8", "[6, 71]");
        Says(() => weights.Load(Layer("good", Columns, Rows)), "'good' has shape [6, 70]", "[70, 6]");
        Says(() => weights.Load(Layer("good", Rows, Columns, splitAt: 40)), "'good' is quantized in blocks of 32", "column 40");
        Says(() => weights.Load(Layer("long", 1, 1)), "'long' is I32", "I8 or U8 with scales");
        Says(() => weights.Load(new LayoutTensor("good", [Rows, Columns], Rows, TensorRole.Table)), "'good' is I8", "cannot be quantized");
        Says(() => weights.Load(new LayoutTensor("good", [Columns * Rows], 1, TensorRole.Vector)), "'good' is I8", "cannot be quantized");
        Assert.Equal(Columns, weights.Load(Layer("good", Rows, Columns, splitAt: 64)).Columns);
        Assert.Equal(Columns, weights.Load(Layer("good", Rows, Columns, splitAt: Columns)).Columns);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(17, true)]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(6, false)]
    public void Positions_may_be_of_any_square_grid_behind_a_class_position(int positions, bool isSquare)
    {
        using SafetensorsSet files = Write(1 << 20, ("p", ElementType.F32, [1, positions, 8], new byte[positions * 8 * 4]), ("t", ElementType.F32, [40, 1], new byte[160]));
        var weights = new ModelWeights(files, "model");
        var asked = new LayoutTensor("p", [1, 10, 8], 10, TensorRole.Positions);

        if (isSquare)
            Assert.Equal((positions, 8), (weights.Load(asked).Rows, weights.Load(asked).Columns));
        else
            Says(() => weights.Load(asked), $"model: tensor 'p' holds {positions} positions", "a square grid");
        Says(() => weights.Load(new LayoutTensor("t", [1, 10, 8], 10, TensorRole.Positions)), "'t' has shape [40, 1]", "rows of 8");
    }

    private static LayoutTensor Layer(string name, long rows, long columns, long splitAt = 0) => new(name, [rows, columns], rows, TensorRole.RouterLayer) { SplitAt = splitAt };

    private static (byte[] Values, byte[] Scales, float[] Numbers) Quantized(WeightFormat format)
    {
        var random = new Random(1);
        HostTensor source = HostTensor.FromArray([.. Enumerable.Range(0, Rows * Columns).Select(_ => random.NextSingle() - 0.5f)], Rows, Columns);
        HostTensor matrix = BlockQuantization.Quantize(format, source);
        var values = new byte[Rows * BlockQuantization.RowBytes(format, Columns)];
        Marshal.Copy(matrix.Address, values, 0, values.Length);
        var scales = new byte[Rows * Blocks * 2];
        Marshal.Copy(matrix.Scales.Address, scales, 0, scales.Length);
        return (values, scales, matrix.ToSingleArray());
    }

    private static void Says(Action read, params string[] parts)
    {
        string message = Assert.Throws<UniMedException>(read).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private SafetensorsSet Write(long shardBytes, params (string Name, ElementType Type, long[] Shape, byte[] Bytes)[] tensors)
    {
        string path = Path.Combine(_folder.Path, "model");
        using (var writer = new ShardedSafetensorsWriter(path, [.. tensors.Select(t => new TensorDeclaration(t.Name, t.Type, t.Shape))], shardBytes))
        {
            foreach ((string _, ElementType _, long[] _, byte[] bytes) in tensors)
                writer.Write(bytes);
            writer.Complete();
        }

        return SafetensorsSet.Open(path);
    }
}
