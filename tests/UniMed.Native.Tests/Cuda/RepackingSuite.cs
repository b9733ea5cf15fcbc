using System.Runtime.InteropServices;
using UniMed.GpuBench.Packing;
using UniMed.Native.Cuda;
using UniMed.Native.Gpu;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>What the card packs out of rows has the bytes that packing on the host gives, and nothing beside it is written.</summary>
public abstract class RepackingSuite : IDisposable
{
    private const byte Mark = 0xA5;

    private readonly Lazy<ICudaDriver> _driver;
    private readonly Lazy<CudaDevice> _device;
    private readonly Random _random = new(5);

    private protected RepackingSuite(Func<ICudaDriver> open)
    {
        _driver = new Lazy<ICudaDriver>(open);
        _device = new Lazy<CudaDevice>(() => new CudaDevice(_driver.Value));
    }

    private delegate (HostTensor Matrix, int Row)? FindRow(int tile, int row);

    private CudaDevice Device => _device.Value;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (_device.IsValueCreated)
            _device.Value.Dispose();
    }

    [Theory]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void One_matrix(ElementType type)
    {
        foreach ((int rows, int columns) in Shapes())
        {
            HostTensor matrix = Stored(rows, columns, type);
            AssertPacked(Below([matrix]), Tiles(rows), columns, () => Device.LoadLinear(matrix, null), Linear);
        }
    }

    [Theory]
    [InlineData(ElementType.F16, ElementType.F16, ElementType.F16)]
    [InlineData(ElementType.BF16, ElementType.BF16, ElementType.BF16)]
    [InlineData(ElementType.BF16, ElementType.F32, ElementType.I8)]
    [InlineData(ElementType.I8, ElementType.I8, ElementType.I8)]
    [InlineData(ElementType.U8, ElementType.U8, ElementType.U8)]
    [InlineData(ElementType.U8, ElementType.I8, ElementType.U8)]
    public void Matrices_one_below_the_other(ElementType queryType, ElementType keyType, ElementType valueType)
    {
        var rotary = new RotaryTable(6, 4, 10000);
        foreach (int columns in new[] { 24, 33, 96, 130 })
        {
            HostTensor query = Stored(4 * 6, columns, queryType);
            HostTensor key = Stored(6, columns, keyType);
            HostTensor value = Stored(6, columns, valueType);
            AssertPacked(
                Below([query, key, value]),
                Tiles(36),
                columns,
                () => Device.LoadQkv(query, key, value, 4, 1, rotary),
                weights => ((CudaDevice.PackedQkv)weights).Matrix);
        }
    }

    [Theory]
    [InlineData(ElementType.F16, ElementType.F16)]
    [InlineData(ElementType.BF16, ElementType.BF16)]
    [InlineData(ElementType.F32, ElementType.F16)]
    [InlineData(ElementType.I8, ElementType.I8)]
    [InlineData(ElementType.U8, ElementType.U8)]
    [InlineData(ElementType.U8, ElementType.I8)]
    public void Gate_and_up_in_shared_tiles(ElementType gateType, ElementType upType)
    {
        foreach ((int rows, int columns) in Shapes())
        {
            HostTensor gate = Stored(rows, columns, gateType);
            HostTensor up = Stored(rows, columns, upType);
            FindRow find = (tile, row) => (tile * 8) + (row % 8) is var from && from < rows ? (row < 8 ? gate : up, from) : null;
            AssertPacked(
                find, (rows + 7) / 8, columns, () => Device.LoadGated(gate, up), weights => ((CudaDevice.PackedGated)weights).Matrix);
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.U8)]
    public void Experts_in_whole_tiles_each(ElementType type)
    {
        foreach ((int rows, int columns) in new[] { (5, 30), (16, 64), (37, 48) })
        {
            HostTensor bias = HostTensor.FromArray(new float[rows], 1, rows);
            (HostTensor Weight, HostTensor Bias)[] experts =
                [.. Enumerable.Range(0, 3).Select(_ => (Stored(rows, columns, type), bias))];
            int tiles = Tiles(rows);
            FindRow find = (tile, row) =>
                (tile % tiles * 16) + row is var from && from < rows ? (experts[tile / tiles].Weight, from) : null;
            AssertPacked(
                find, 3 * tiles, columns, () => Device.LoadExperts(experts, []), weights => ((CudaDevice.PackedExperts)weights).First);
        }
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.I8)]
    [InlineData(ElementType.U8)]
    public void A_matrix_of_several_pieces(ElementType type)
    {
        // Pieces end inside of it, and its last tile is not whole.
        int columns = type == ElementType.U8 ? 8200 : 4104;
        int rows = (type == ElementType.F16 ? 1100 : 2150) + 3;
        HostTensor matrix = Stored(rows, columns, type);
        Assert.InRange(matrix.ByteLength, CudaDevice.StagingBytes + 1, 3L * CudaDevice.StagingBytes / 2);

        AssertPacked(Below([matrix]), Tiles(rows), columns, () => Device.LoadLinear(matrix, null), Linear);
    }

    [Fact]
    public void A_product_right_behind_the_load_reads_packed_weights()
    {
        // Products ask for weights before they wait for the kernel before them. Nothing travels between the two here.
        const int Size = 64;
        HostTensor identity = HostTensor.FromArray(
            [.. Enumerable.Range(0, Size * Size).Select(i => i % (Size + 1) == 0 ? 1f : 0f)], Size, Size);
        float[] numbers = [.. Enumerable.Range(0, Size).Select(i => (float)i)];
        using DeviceBuffer input = Device.Allocate(Size);
        using DeviceBuffer output = Device.Allocate(Size);
        var from = new Tensor(input, 0, 1, Size);
        var to = new Tensor(output, 0, 1, Size);
        Device.Upload(numbers, from);

        using LinearWeights weights = Device.LoadLinear(identity, null);
        Device.Linear(weights, from, Activation.None, null, to);

        var product = new float[Size];
        Device.Download(to, product);
        Assert.Equal(numbers, product);
    }

    [Fact]
    public void A_load_that_fails_leaves_no_memory_behind()
    {
        // One tile does not fit into a piece.
        HostTensor wide = Stored(1, (CudaDevice.StagingBytes / 32) + 1, ElementType.F16);

        Assert.Throws<ArgumentOutOfRangeException>(() => Device.LoadLinear(wide, null));

        Assert.Equal(0, Device.AllocatedBytes);
    }

    private static CudaMatrix Linear(DeviceWeights weights) => ((CudaDevice.PackedLinear)weights).Matrix;

    private static int Tiles(int rows) => (rows + 15) / 16;

    /// <summary>No multiples of anything, and multiples of everything.</summary>
    private IEnumerable<(int Rows, int Columns)> Shapes()
    {
        yield return (1, 1);
        yield return (16, 64);
        yield return (48, 1024);
        yield return (9, 2100);
        for (int i = 0; i < 12; i++)
            yield return (_random.Next(1, 70), _random.Next(1, 300));
    }

    private static FindRow Below(HostTensor[] parts) => (tile, row) =>
    {
        int from = (tile * 16) + row;
        foreach (HostTensor part in parts)
        {
            if (from < part.Rows)
                return (part, from);
            from -= part.Rows;
        }

        return null;
    };

    private void AssertPacked(FindRow find, int tiles, int columns, Func<DeviceWeights> load, Func<DeviceWeights, CudaMatrix> matrixOf)
    {
        DevicePointer marked;
        byte[] expected;
        CudaMatrix matrix;
        using (DeviceWeights first = load())
            expected = PackedOnTheHost(matrixOf(first), find, tiles, columns);
        long room = SizeClass.Of(expected.Length);
        using (CudaMemory memory = Device.Take(expected.Length))
        {
            // The pool gives the last block of a size back first.
            marked = memory.Pointer;
            _driver.Value.Synchronize();
            _driver.Value.Fill(marked, Mark, room);
        }

        using DeviceWeights weights = load();
        matrix = matrixOf(weights);
        _driver.Value.Synchronize();
        var actual = new byte[room];
        _driver.Value.CopyToHost(actual, matrix.Pointer);

        Assert.Equal(marked, matrix.Pointer);
        Assert.Equal(expected.Length, matrix.Bytes);
        string what = $"{tiles} tiles of {columns} columns, {matrix.Format}, {matrix.Type}";
        int same = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(same == expected.Length, $"{what}: byte {same} of {expected.Length} is another");
        Assert.True(actual.AsSpan(expected.Length).IndexOfAnyExcept(Mark) < 0, $"{what}: written behind the matrix");
    }

    private static byte[] PackedOnTheHost(CudaMatrix matrix, FindRow find, int tiles, int columns)
    {
        if (matrix.Format == WeightFormat.Plain)
        {
            var packed = new byte[tiles * HostFragmentOrder.TileBytes(columns)];
            HostFragmentOrder.Pack(packed, 0, columns, matrix.Type, (int tile, int row, out HostTensor found, out int from) =>
            {
                (HostTensor, int)? at = find(tile, row);
                (found, from) = at.GetValueOrDefault();
                return at is not null;
            });
            return packed;
        }

        var quantized = new byte[tiles * HostQuantizedFragmentOrder.TileBytes(matrix.Format, columns)];
        HostQuantizedFragmentOrder.Pack(quantized, 0, matrix.Format, columns, (tile, row, values, scales) =>
        {
            if (find(tile, row) is not { } at)
                return false;
            at.Matrix.CopyStoredRowTo(at.Row, values, scales);
            return true;
        });
        return quantized;
    }

    /// <summary>
    /// Random bytes, also where an int4 block goes on behind the row's end; rows lie apart, and where they lie nothing
    /// is aligned.
    /// </summary>
    private HostTensor Stored(int rows, int columns, ElementType type)
    {
        if (type.IsFloat())
            return Bytes(rows, columns, type);
        WeightFormat format = type == ElementType.I8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32;
        return HostTensor.Quantized(
            format,
            Bytes(rows, BlockQuantization.RowBytes(format, columns), type),
            Bytes(rows, BlockQuantization.Blocks(columns), ElementType.F16),
            columns);
    }

    private HostTensor Bytes(int rows, int columns, ElementType type)
    {
        const int Gap = 3;
        byte[] bytes = GC.AllocateUninitializedArray<byte>(rows * (columns + Gap) * type.Size(), pinned: true);
        _random.NextBytes(bytes);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0);
        return new HostTensor(address, type, rows, columns + Gap, columns + Gap, bytes).SliceColumns(1, columns);
    }
}
