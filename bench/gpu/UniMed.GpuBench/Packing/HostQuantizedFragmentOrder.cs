using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Packing;

/// <summary>
/// Packs rows of a quantized matrix on the host, values and scales as they are stored, into the order in which warps read them: native/cuda/linear/quantized_order.h and
/// docs/formats.md have the picture. What the card's own packing is checked against, byte for byte. A tile is 16 rows, a stage 64 columns: two blocks. Columns past the end are values of 0, rows past the end have scales of 0.
/// </summary>
internal static class HostQuantizedFragmentOrder
{
    private const int TileRows = 16;
    private const int StageColumns = 64;
    private const int StageBlocks = StageColumns / BlockQuantization.BlockSize;
    private const int StageScaleBytes = TileRows * StageBlocks * sizeof(ushort);
    private const int Lanes = 32;

    /// <summary>Bytes of one tile: values and scales.</summary>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="columns">Columns of the matrix.</param>
    public static int TileBytes(WeightFormat format, int columns) => checked(Stages(columns) * (StageValueBytes(format) + StageScaleBytes));

    /// <summary>Packs whole tiles.</summary>
    /// <param name="destination">A whole number of tiles.</param>
    /// <param name="firstTile">The first of them.</param>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="readRow">Reads a row.</param>
    public static void Pack(Span<byte> destination, int firstTile, WeightFormat format, int columns, QuantizedTileRows.ReadRow readRow)
    {
        int tileBytes = TileBytes(format, columns);
        int stages = Stages(columns);
        int padded = stages * StageColumns;
        var stored = new byte[BlockQuantization.RowBytes(format, columns)];
        // A value in each byte, with the offset that makes it positive.
        var values = new byte[TileRows * padded];
        var scales = new Half[TileRows * stages * StageBlocks];
        byte zero = (byte)(format == WeightFormat.Int8Block32 ? 128 : 8);
        for (int tile = 0; tile < destination.Length / tileBytes; tile++)
        {
            Array.Fill(values, zero);
            Array.Clear(scales);
            for (int row = 0; row < TileRows; row++)
            {
                Span<Half> rowScales = scales.AsSpan(row * stages * StageBlocks, BlockQuantization.Blocks(columns));
                if (readRow(firstTile + tile, row, stored, rowScales))
                    Spread(format, stored, values.AsSpan(row * padded, columns));
            }

            Span<byte> to = destination.Slice(tile * tileBytes, tileBytes);
            int valueBytes = stages * StageValueBytes(format);
            if (format == WeightFormat.Int8Block32)
                PackInt8(MemoryMarshal.Cast<byte, uint>(to[..valueBytes]), values, padded);
            else
                PackInt4(MemoryMarshal.Cast<byte, uint>(to[..valueBytes]), values, padded);
            PackScales(MemoryMarshal.Cast<byte, Half>(to[valueBytes..]), scales, stages);
        }
    }

    private static int Stages(int columns) => (int)(((long)columns + StageColumns - 1) / StageColumns);

    private static int StageValueBytes(WeightFormat format) => format switch
    {
        WeightFormat.Int8Block32 => TileRows * StageColumns,
        WeightFormat.Int4Block32 => TileRows * StageColumns / 2,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format of blocks."),
    };

    private static void Spread(WeightFormat format, ReadOnlySpan<byte> stored, Span<byte> values)
    {
        if (format == WeightFormat.Int8Block32)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = (byte)(stored[i] ^ 0x80);
            return;
        }

        // Byte j of a block holds values j and j + 16.
        const int HalfBlock = BlockQuantization.Int4BlockBytes;
        for (int start = 0; start < values.Length; start += BlockQuantization.BlockSize)
        {
            ReadOnlySpan<byte> pairs = stored.Slice(start / 2, HalfBlock);
            Span<byte> block = values[start..Math.Min(values.Length, start + BlockQuantization.BlockSize)];
            for (int i = 0; i < block.Length; i++)
                block[i] = (byte)(i < HalfBlock ? pairs[i] & 15 : pairs[i - HalfBlock] >> 4);
        }
    }

    private static void PackInt8(Span<uint> to, ReadOnlySpan<byte> values, int padded)
    {
        const int BlockSteps = 2;
        for (int block = 0; block < padded / BlockQuantization.BlockSize; block++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                for (int step = 0; step < BlockSteps; step++)
                {
                    (uint upper, uint lower) = Four(values, padded, lane, (block * BlockSteps) + step);
                    int at = (((block * Lanes) + lane) * 4) + (step * 2);
                    to[at] = (upper & 0xFFFF) | (lower << 16);
                    to[at + 1] = (upper >> 16) | (lower & 0xFFFF0000);
                }
            }
        }
    }

    private static void PackInt4(Span<uint> to, ReadOnlySpan<byte> values, int padded)
    {
        const int StageSteps = 4;
        for (int stage = 0; stage < padded / StageColumns; stage++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                for (int step = 0; step < StageSteps; step++)
                {
                    (uint upper, uint lower) = Four(values, padded, lane, (stage * StageSteps) + step);
                    uint both = upper | (lower << 4);
                    // Columns 0 and 2 are the low halves of registers, 1 and 3 the high ones.
                    to[(((stage * Lanes) + lane) * 4) + step] = (both & 0xFF0000FF) | ((both & 0xFF00) << 8) | ((both >> 8) & 0xFF00);
                }
            }
        }
    }

    /// <summary>The four values that a lane holds of each of its two rows, the first in the lowest byte.</summary>
    private static (uint Upper, uint Lower) Four(ReadOnlySpan<byte> values, int padded, int lane, int step)
    {
        int upper = (lane / 4 * padded) + (step * 16) + (lane % 4 * 4);
        return (BinaryPrimitives.ReadUInt32LittleEndian(values[upper..]), BinaryPrimitives.ReadUInt32LittleEndian(values[(upper + (TileRows / 2 * padded))..]));
    }

    private static void PackScales(Span<Half> to, ReadOnlySpan<Half> scales, int stages)
    {
        int at = 0;
        for (int stage = 0; stage < stages; stage++)
        {
            for (int row = 0; row < TileRows / 2; row++)
            {
                for (int half = 0; half < 2; half++)
                {
                    scales.Slice((((row + (half * TileRows / 2)) * stages) + stage) * StageBlocks, StageBlocks).CopyTo(to[at..]);
                    at += StageBlocks;
                }
            }
        }
    }
}
