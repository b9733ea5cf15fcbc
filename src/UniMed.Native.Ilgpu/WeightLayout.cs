using System.Runtime.InteropServices;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// A matrix as the kernels read it: tiles of 32 rows, in them blocks of 32 columns, in them 32-bit words of neighbouring columns, one for each row. Threads that stand side by side on rows load 32
/// neighbouring words. Rows past the end are zeros; columns past the end are not read.
/// <code>
///   | tile 0: block 0: word 0 of rows 0 ... 31 | word 1 of rows 0 ... 31 | ... | block 1: ... | tile 1: ...
///   word of F16:   column 2w in the lower half, 2w + 1 in the upper        of int4: columns 8w ... 8w + 7, four bits each
///   scales:        tile, block, row
/// </code>
/// </summary>
internal static class WeightLayout
{
    /// <summary>Gives a row of the matrix: which row of which tensor it is.</summary>
    public delegate (HostTensor Tensor, int Row) RowOf(int row);

    /// <summary>How matrices that share one are stored: as they are when all are alike, else as fp32.</summary>
    public static WordFormat FormatOf(IEnumerable<HostTensor> parts)
    {
        WordFormat[] formats = [.. parts.Select(FormatOf).Distinct()];
        return formats.Length == 1 ? formats[0] : WordFormat.F32;
    }

    /// <summary>Tiles of so many rows.</summary>
    public static int Tiles(int rows) => (int)(((long)rows + LinearKernels.TileRows - 1) / LinearKernels.TileRows);

    /// <summary>Words of a tile.</summary>
    public static int TileWords(WordFormat format, int columns) => checked(BlockQuantization.Blocks(columns) * WordsOfBlock(format) * LinearKernels.TileRows);

    /// <summary>Fills one tile.</summary>
    /// <param name="format">Its format.</param>
    /// <param name="tile">Its number.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="rowOf">Where its rows are.</param>
    /// <param name="words">The tile's words.</param>
    /// <param name="scales">The tile's scales; empty for formats without.</param>
    public static void Pack(WordFormat format, int tile, int rows, int columns, RowOf rowOf, Span<uint> words, Span<ushort> scales)
    {
        int blocks = BlockQuantization.Blocks(columns);
        // A row in the order of its columns, filled up to whole blocks.
        var row = new uint[blocks * WordsOfBlock(format)];
        var rowScales = new Half[blocks];
        words.Clear();
        scales.Clear();
        for (int r = 0; r < LinearKernels.TileRows && (tile * LinearKernels.TileRows) + r < rows; r++)
        {
            (HostTensor tensor, int from) = rowOf((tile * LinearKernels.TileRows) + r);
            Array.Clear(row);
            ReadRow(format, tensor, from, row, rowScales);
            for (int w = 0; w < row.Length; w++)
                words[(w * LinearKernels.TileRows) + r] = row[w];
            for (int block = 0; block < scales.Length / LinearKernels.TileRows; block++)
                scales[(block * LinearKernels.TileRows) + r] = BitConverter.HalfToUInt16Bits(rowScales[block]);
        }
    }

    /// <summary>Words of a block of 32 columns of one row.</summary>
    public static int WordsOfBlock(WordFormat format) => format switch
    {
        WordFormat.F32 => 32,
        WordFormat.F16 or WordFormat.BF16 => 16,
        WordFormat.Int8 => 8,
        _ => 4,
    };

    /// <summary>True for formats with scales.</summary>
    public static bool HasScales(WordFormat format) => format is WordFormat.Int8 or WordFormat.Int4;

    private static WordFormat FormatOf(HostTensor tensor) => (tensor.Format, tensor.Type) switch
    {
        (WeightFormat.Int8Block32, _) => WordFormat.Int8,
        (WeightFormat.Int4Block32, _) => WordFormat.Int4,
        (_, ElementType.F16) => WordFormat.F16,
        (_, ElementType.BF16) => WordFormat.BF16,
        _ => WordFormat.F32,
    };

    private static void ReadRow(WordFormat format, HostTensor tensor, int from, Span<uint> row, Span<Half> scales)
    {
        if (!HasScales(format))
        {
            var values = new float[tensor.Columns];
            tensor.CopyRowTo(from, values);
            ElementType type = format switch { WordFormat.F32 => ElementType.F32, WordFormat.F16 => ElementType.F16, _ => ElementType.BF16 };
            FloatConversion.FromSingle(values, type, MemoryMarshal.AsBytes(row));
            return;
        }

        if (format == WordFormat.Int8)
        {
            tensor.CopyStoredRowTo(from, MemoryMarshal.AsBytes(row), scales);
            return;
        }

        var stored = new byte[BlockQuantization.RowBytes(WeightFormat.Int4Block32, tensor.Columns)];
        tensor.CopyStoredRowTo(from, stored, scales);
        Span<byte> pairs = MemoryMarshal.AsBytes(row);
        const int Half = BlockQuantization.Int4BlockBytes;
        for (int block = 0; block < stored.Length / Half; block++)
        {
            // Byte j of a block holds values j and j + 16; here byte j holds 2j and 2j + 1.
            ReadOnlySpan<byte> source = stored.AsSpan(block * Half, Half);
            for (int j = 0; j < Half; j++)
                pairs[(block * Half) + j] = (byte)(Value(source, 2 * j) | (Value(source, (2 * j) + 1) << 4));
        }

        static int Value(ReadOnlySpan<byte> block, int i) => i < Half ? block[i] & 15 : block[i - Half] >> 4;
    }
}
