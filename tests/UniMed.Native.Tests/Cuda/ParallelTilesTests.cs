using System.Collections.Concurrent;
using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Weights have the same bytes however many processors copy them.</summary>
public sealed class ParallelTilesTests
{
    private const int Columns = 100;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(64)]
    public void Plain_weights_have_the_bytes_of_one_processor(int processors)
    {
        HostTensor matrix = Matrix(5 * 16);
        bool FindRow(int tile, int row, out HostTensor found, out int from)
        {
            found = matrix;
            from = (tile * 16) + row;
            return from < matrix.Rows - 3;
        }

        AssertSame(TileRows.TileBytes(Columns), processors, (piece, first) => TileRows.Write(piece, first, Columns, HalfType.F16, FindRow));
    }

    [Theory]
    [InlineData(WeightFormat.Int8Block32, 2)]
    [InlineData(WeightFormat.Int8Block32, 5)]
    [InlineData(WeightFormat.Int4Block32, 3)]
    [InlineData(WeightFormat.Int4Block32, 64)]
    public void Quantized_weights_have_the_bytes_of_one_processor(WeightFormat format, int processors)
    {
        bool ReadRow(int tile, int row, Span<byte> values, Span<Half> scales)
        {
            var random = new Random((tile * 16) + row);
            random.NextBytes(values);
            foreach (ref Half scale in scales)
                scale = (Half)random.NextSingle();
            return row + tile < 18;
        }

        AssertSame(QuantizedTileRows.TileBytes(format, Columns), processors, (piece, first) => QuantizedTileRows.Write(piece, first, format, Columns, ReadRow));
    }

    [Fact]
    public void Every_tile_is_written_once_by_as_many_as_there_are_processors()
    {
        var written = new ConcurrentBag<(int First, int Count)>();

        ParallelTiles.Run(new byte[7 * 10], 10, 100, 3, (piece, first) => written.Add((first, piece.Length / 10)));

        Assert.Equal([(100, 2), (102, 2), (104, 3)], written.Order());
    }

    [Fact]
    public void What_goes_wrong_is_thrown_as_it_is()
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => ParallelTiles.Run(new byte[40], 10, 0, 4, (_, first) => throw new InvalidDataException($"tile {first}")));

        Assert.StartsWith("tile ", error.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(int tileBytes, int processors, ParallelTiles.Write write)
    {
        const int Tiles = 5, First = 1;
        var expected = new byte[Tiles * tileBytes];
        var actual = new byte[Tiles * tileBytes];

        write(expected, First);
        ParallelTiles.Run(actual, tileBytes, First, processors, write);

        Assert.Contains(expected, value => value != 0);
        Assert.Equal(expected, actual);
    }

    // Tile 1 is the first that is written.
    private static HostTensor Matrix(int rows)
    {
        var random = new Random(7);
        var values = new float[(rows + 16) * Columns];
        foreach (ref float value in values.AsSpan())
            value = random.NextSingle() - 0.5f;
        return HostTensor.FromArray(values, rows + 16, Columns);
    }
}
