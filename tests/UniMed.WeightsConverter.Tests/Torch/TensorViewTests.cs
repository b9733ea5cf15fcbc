using CsCheck;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Pickle;
using UniMed.WeightsConverter.Torch;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Torch;

public class TensorViewTests
{
    private static readonly Gen<(long[] Shape, long[] Strides, long Offset, int Count)> Views = Gen.Int[0, 4].SelectMany(rank => Gen.Select(
        Gen.Long[0, 5].Array[rank], Gen.Long[0, 9].Array[rank], Gen.Long[0, 6], Gen.Int[0, 60]));

    [Fact]
    public void Every_view_reads_the_elements_that_its_strides_name_or_is_refused() => Views.Sample((shape, strides, offset, count) =>
    {
        byte[] storage = [.. Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((short)i))];
        long[] positions = [.. Positions(shape, strides, offset)];
        bool fits = positions.Length == 0 ? offset <= count : positions.Max() < count;
        if (!fits)
        {
            Assert.Contains("leaves its storage", Assert.Throws<ConversionException>(() => Check(storage, shape, strides, offset, count)).Message, StringComparison.Ordinal);
            return;
        }

        TensorView view = Check(storage, shape, strides, offset, count);
        Assert.Equal(positions.Length, view.Count);
        var bytes = new byte[positions.Length * 2];
        for (int first = 0; first < positions.Length; first += 3)
            view.Read(first, bytes.AsSpan(2 * first, 2 * Math.Min(3, positions.Length - first)));
        Assert.Equal(positions, bytes.Chunk(2).Select(b => (long)BitConverter.ToInt16(b)));
    });

    [Fact]
    public void A_view_that_repeats_a_small_storage_beyond_the_limit_is_refused()
    {
        ConversionException refused = Assert.Throws<ConversionException>(() => Check(new byte[2], [1L << 40], [0], 0, 1));
        Assert.Contains("repeats a storage of 1 elements", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strided_view_that_spans_gigabytes_is_gathered_without_reading_them()
    {
        var source = new PositionSource(1L << 36);
        var value = new TensorValue(new StorageValue("torch.LongStorage", "0", 1L << 33), 5, new PickleTuple([3L, 2L]), new PickleTuple([1L, 1L << 32]));
        TensorView view = TensorView.Check(source, new OneStorage(1L << 36), "x", value);
        var bytes = new byte[32];
        view.Read(1, bytes);
        Assert.Equal([5 + (1L << 32), 6, 6 + (1L << 32), 7], bytes.Chunk(8).Select(b => BitConverter.ToInt64(b) / 8));
    }

    [Theory]
    [InlineData("not long")]
    [InlineData(1.5)]
    public void Sizes_that_are_no_integers_are_refused(object size)
    {
        using var source = new MemoryByteSource("test", new byte[8]);
        var value = new TensorValue(new StorageValue("torch.FloatStorage", "0", 2), 0, new PickleTuple([size]), new PickleTuple([1L]));
        Assert.Contains("not a 64-bit integer", Assert.Throws<ConversionException>(() => TensorView.Check(source, new OneStorage(8), "x", value)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<long> Positions(long[] shape, long[] strides, long offset)
    {
        IEnumerable<long> positions = [offset];
        for (int d = 0; d < shape.Length; d++)
        {
            int dimension = d;
            positions = positions.SelectMany(p => Enumerable.Range(0, (int)shape[dimension]).Select(i => p + (i * strides[dimension])));
        }

        return positions;
    }

    private static TensorView Check(byte[] storage, long[] shape, long[] strides, long offset, int count)
    {
        var source = new MemoryByteSource("test", storage);
        var value = new TensorValue(
            new StorageValue("torch.ShortStorage", "0", count),
            offset,
            new PickleTuple([.. shape.Select(object? (n) => n)]),
            new PickleTuple([.. strides.Select(object? (n) => n)]));
        return TensorView.Check(source, new OneStorage(storage.Length), "x", value);
    }

    /// <summary>Gigabytes in which every 64-bit number is its own position.</summary>
    private sealed class PositionSource(long length) : IByteSource
    {
        public string Name => "test";

        public long Length => length;

        public void Read(long position, Span<byte> destination)
        {
            Assert.Equal(8, destination.Length);
            BitConverter.TryWriteBytes(destination, position);
        }

        public void Dispose()
        {
        }
    }

    private sealed class OneStorage(long bytes) : IStorageDirectory
    {
        public bool TryFind(string key, out StorageRange range)
        {
            range = new StorageRange(0, bytes);
            return key == "0";
        }
    }
}
