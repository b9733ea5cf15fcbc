using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>
/// As <see cref="TileRows"/>, of a quantized matrix: values as they are stored, behind the rows of a tile their scales.
/// Rows are filled up to whole stages of 64 columns with values of 0 and scales of 0.
/// </summary>
internal static class QuantizedTileRows
{
    private const int Rows = 16;
    private const int StageColumns = 64;
    private const int StageBlocks = StageColumns / BlockQuantization.BlockSize;
    private const int UnitBytes = 32;

    /// <summary>Gives row r of a tile as it is stored, or false for a row of zeros.</summary>
    public delegate bool ReadRow(int tile, int row, Span<byte> values, Span<Half> scales);

    /// <summary>Kernel that packs them.</summary>
    public static string Kernel(WeightFormat format) => format == WeightFormat.Int8Block32 ? "repack_int8" : "repack_int4";

    /// <summary>Units of 32 bytes of a row's values: blocks of int8, stages of int4.</summary>
    public static int Units(WeightFormat format, int columns) => RowBytes(format, columns) / UnitBytes;

    /// <summary>Bytes of one tile: values and scales.</summary>
    public static int TileBytes(WeightFormat format, int columns) => checked((RowBytes(format, columns) + ScaleBytes(columns)) * Rows);

    /// <summary>Writes the rows of whole tiles.</summary>
    /// <param name="destination">A whole number of tiles.</param>
    /// <param name="firstTile">The first of them.</param>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="readRow">Reads a row.</param>
    public static void Write(Span<byte> destination, int firstTile, WeightFormat format, int columns, ReadRow readRow)
    {
        int tileBytes = TileBytes(format, columns);
        int rowBytes = RowBytes(format, columns);
        int scaleBytes = ScaleBytes(columns);
        int storedBytes = BlockQuantization.RowBytes(format, columns);
        int blocks = BlockQuantization.Blocks(columns);
        byte zero = (byte)(format == WeightFormat.Int8Block32 ? 0 : 0x88);
        for (int tile = 0; tile < destination.Length / tileBytes; tile++)
        {
            Span<byte> to = destination.Slice(tile * tileBytes, tileBytes);
            for (int row = 0; row < Rows; row++)
            {
                Span<byte> values = to.Slice(row * rowBytes, rowBytes);
                Span<Half> scales = MemoryMarshal.Cast<byte, Half>(to.Slice((Rows * rowBytes) + (row * scaleBytes), scaleBytes));
                if (readRow(firstTile + tile, row, values[..storedBytes], scales[..blocks]))
                {
                    if (format == WeightFormat.Int4Block32)
                        ClearBehind(values[..storedBytes], columns);
                    values[storedBytes..].Fill(zero);
                    scales[blocks..].Clear();
                }
                else
                {
                    values.Fill(zero);
                    scales.Clear();
                }
            }
        }
    }

    private static int Stages(int columns) => (int)(((long)columns + StageColumns - 1) / StageColumns);

    private static int ScaleBytes(int columns) => Stages(columns) * StageBlocks * sizeof(ushort);

    private static int RowBytes(WeightFormat format, int columns) => format switch
    {
        WeightFormat.Int8Block32 => checked(Stages(columns) * StageColumns),
        WeightFormat.Int4Block32 => Stages(columns) * StageColumns / 2,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format of blocks."),
    };

    /// <summary>
    /// What a last block that is not whole holds behind the row's end may be anything: it becomes 0. Byte j of a block
    /// holds values j and j + 16.
    /// </summary>
    private static void ClearBehind(Span<byte> values, int columns)
    {
        int last = columns % BlockQuantization.BlockSize;
        if (last == 0)
            return;
        Span<byte> block = values[^BlockQuantization.Int4BlockBytes..];
        for (int j = 0; j < block.Length; j++)
        {
            if (j >= last)
                block[j] = (byte)((block[j] & 0xF0) | 8);
            if (j + block.Length >= last)
                block[j] = (byte)((block[j] & 0x0F) | 0x80);
        }
    }
}
