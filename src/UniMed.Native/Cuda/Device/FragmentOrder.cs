using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda.Device;

/// <summary>
/// Repacks rows of a weight matrix into the order in which warps read them: native/cuda/linear/fragment_order.h has the picture. A tile is 16 rows, a step 16 columns,
/// a lane's share of a step 16 bytes; rows and columns past the end are zeros.
/// </summary>
internal static class FragmentOrder
{
    private const int TileRows = 16;
    private const int StepColumns = 16;
    private const int StepBytes = 512;
    private const int Lanes = 32;

    /// <summary>Gives row r of a tile as fp32, or false for a row of zeros.</summary>
    public delegate bool ReadRow(int tile, int row, Span<float> values);

    /// <summary>Tiles of a matrix with so many rows.</summary>
    public static int Tiles(int rows) => (rows + TileRows - 1) / TileRows;

    /// <summary>Tiles of gate_proj and up_proj, which share tiles eight rows by eight.</summary>
    public static int GatedTiles(int rows) => (rows + (TileRows / 2) - 1) / (TileRows / 2);

    /// <summary>Bytes of one tile.</summary>
    public static int TileBytes(int columns) => checked((columns + StepColumns - 1) / StepColumns * StepBytes);

    /// <summary>Packs whole tiles.</summary>
    /// <param name="destination">A whole number of tiles.</param>
    /// <param name="firstTile">The first of them.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="type">Type on the card.</param>
    /// <param name="readRow">Reads a row.</param>
    public static void Pack(Span<byte> destination, int firstTile, int columns, HalfType type, ReadRow readRow)
    {
        int tileBytes = TileBytes(columns);
        int padded = tileBytes / StepBytes * StepColumns;
        var values = new float[padded];
        var halves = new ushort[TileRows * padded];
        ElementType element = type == HalfType.F16 ? ElementType.F16 : ElementType.BF16;
        for (int tile = 0; tile < destination.Length / tileBytes; tile++)
        {
            for (int row = 0; row < TileRows; row++)
            {
                Array.Clear(values);
                readRow(firstTile + tile, row, values.AsSpan(0, columns));
                FloatConversion.FromSingle(values, element, MemoryMarshal.AsBytes(halves.AsSpan(row * padded, padded)));
            }

            PackTile(MemoryMarshal.Cast<byte, ushort>(destination.Slice(tile * tileBytes, tileBytes)), halves, padded);
        }
    }

    private static void PackTile(Span<ushort> to, ReadOnlySpan<ushort> halves, int padded)
    {
        int at = 0;
        for (int step = 0; step < padded / StepColumns; step++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                int column = (step * StepColumns) + (lane % 4 * 4);
                ReadOnlySpan<ushort> upper = halves.Slice((lane / 4 * padded) + column, 4);
                ReadOnlySpan<ushort> lower = halves.Slice((((lane / 4) + 8) * padded) + column, 4);
                to[at++] = upper[0];
                to[at++] = upper[1];
                to[at++] = lower[0];
                to[at++] = lower[1];
                to[at++] = upper[2];
                to[at++] = upper[3];
                to[at++] = lower[2];
                to[at++] = lower[3];
            }
        }
    }
}
