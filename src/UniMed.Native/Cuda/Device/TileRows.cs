namespace UniMed.Native.Cuda;

/// <summary>
/// Writes rows of a weight matrix one after the other, as they travel to the card, which packs them:
/// native/cuda/linear/tile_rows.h has the picture. A tile is 16 rows, and has as many bytes as in fragment order; rows
/// are filled up to whole steps of 16 columns, with zeros.
/// </summary>
internal static class TileRows
{
    /// <summary>Kernel that packs them.</summary>
    public const string Kernel = "repack_halves";

    private const int Rows = 16;
    private const int StepColumns = 16;

    /// <summary>Says which row of which matrix is row r of a tile; false for a row of zeros.</summary>
    public delegate bool FindRow(int tile, int row, out HostTensor matrix, out int from);

    /// <summary>Tiles of a matrix with so many rows.</summary>
    public static int Tiles(int rows) => (rows + Rows - 1) / Rows;

    /// <summary>Tiles of gate_proj and up_proj, which share tiles eight rows by eight.</summary>
    public static int GatedTiles(int rows) => (rows + (Rows / 2) - 1) / (Rows / 2);

    /// <summary>Units of 32 bytes of a row: steps.</summary>
    public static int Units(int columns) => (columns + StepColumns - 1) / StepColumns;

    /// <summary>Bytes of one tile.</summary>
    public static int TileBytes(int columns) => checked(Units(columns) * StepColumns * sizeof(ushort) * Rows);

    /// <summary>Writes the rows of whole tiles.</summary>
    /// <param name="destination">A whole number of tiles.</param>
    /// <param name="firstTile">The first of them.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="type">Type on the card; rows of another one are rounded to it.</param>
    /// <param name="findRow">Finds a row.</param>
    public static void Write(Span<byte> destination, int firstTile, int columns, HalfType type, FindRow findRow)
    {
        int rowBytes = TileBytes(columns) / Rows;
        float[] values = [];
        ElementType element = type == HalfType.F16 ? ElementType.F16 : ElementType.BF16;
        for (int at = 0; at < destination.Length / rowBytes; at++)
        {
            Span<byte> to = destination.Slice(at * rowBytes, rowBytes);
            if (!findRow(firstTile + (at / Rows), at % Rows, out HostTensor matrix, out int from))
            {
                to.Clear();
                continue;
            }

            Span<byte> stored = to[..(columns * sizeof(ushort))];
            if (matrix.Format == WeightFormat.Plain && matrix.Type == element)
            {
                matrix.CopyPlainRowTo(from, stored);
            }
            else
            {
                if (values.Length == 0)
                    values = new float[columns];
                matrix.CopyRowTo(from, values);
                FloatConversion.FromSingle(values, element, stored);
            }

            to[stored.Length..].Clear();
        }
    }
}
