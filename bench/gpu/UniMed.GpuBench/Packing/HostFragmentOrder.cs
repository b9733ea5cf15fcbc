using System.Runtime.InteropServices;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Packing;

/// <summary>
/// Packs rows of a weight matrix on the host into the order in which warps read them: native/cuda/linear/fragment_order.h has the picture. What the card's own packing is checked
/// against, byte for byte. A tile is 16 rows, a step 16 columns, a lane's share of a step 16 bytes; rows and columns past the end are zeros.
/// </summary>
internal static class HostFragmentOrder
{
    private const int Rows = 16;
    private const int StepColumns = 16;
    private const int StepBytes = 512;
    private const int Lanes = 32;

    /// <summary>Bytes of one tile.</summary>
    public static int TileBytes(int columns) => checked((columns + StepColumns - 1) / StepColumns * StepBytes);

    /// <summary>Packs whole tiles.</summary>
    /// <param name="destination">A whole number of tiles.</param>
    /// <param name="firstTile">The first of them.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="type">Type on the card.</param>
    /// <param name="findRow">Finds a row.</param>
    public static void Pack(Span<byte> destination, int firstTile, int columns, HalfType type, TileRows.FindRow findRow)
    {
        int tileBytes = TileBytes(columns);
        int padded = tileBytes / StepBytes * StepColumns;
        var values = new float[padded];
        var halves = new ushort[Rows * padded];
        ElementType element = type == HalfType.F16 ? ElementType.F16 : ElementType.BF16;
        for (int tile = 0; tile < destination.Length / tileBytes; tile++)
        {
            for (int row = 0; row < Rows; row++)
            {
                Span<ushort> to = halves.AsSpan(row * padded, columns);
                if (!findRow(firstTile + tile, row, out HostTensor matrix, out int from))
                {
                    to.Clear();
                }
                else if (matrix.Format == WeightFormat.Plain && matrix.Type == element)
                {
                    matrix.CopyPlainRowTo(from, MemoryMarshal.AsBytes(to));
                }
                else
                {
                    matrix.CopyRowTo(from, values);
                    FloatConversion.FromSingle(values.AsSpan(0, columns), element, MemoryMarshal.AsBytes(to));
                }
            }

            PackTile(MemoryMarshal.Cast<byte, ushort>(destination.Slice(tile * tileBytes, tileBytes)), halves, padded);
        }
    }

    private static void PackTile(Span<ushort> to, ReadOnlySpan<ushort> halves, int padded)
    {
        // Four neighbours of an upper row and of the row eight below it become upper 0 1, lower 0 1, upper 2 3, lower 2 3.
        Span<uint> pairs = MemoryMarshal.Cast<ushort, uint>(to);
        int at = 0;
        for (int step = 0; step < padded / StepColumns; step++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                int column = (step * StepColumns) + (lane % 4 * 4);
                ReadOnlySpan<uint> upper = MemoryMarshal.Cast<ushort, uint>(halves.Slice((lane / 4 * padded) + column, 4));
                ReadOnlySpan<uint> lower = MemoryMarshal.Cast<ushort, uint>(halves.Slice((((lane / 4) + 8) * padded) + column, 4));
                pairs[at++] = upper[0];
                pairs[at++] = lower[0];
                pairs[at++] = upper[1];
                pairs[at++] = lower[1];
            }
        }
    }
}
