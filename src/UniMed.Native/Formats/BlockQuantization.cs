using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UniMed.Native;

/// <summary>
/// Weights in 8 and 4 bits: rows are cut into blocks of 32 along the input features (the last one may be shorter), and each block has one F16 scale.
/// </summary>
/// <remarks>
/// The scale of a block is chosen to minimize its squared error, rounding of the scale to F16 included. llama.cpp's choices (q4_0: largest magnitude / -8, q8_0:
/// largest magnitude / 127) are among the candidates, so no block is worse than theirs. A number is scale * value, which fp32 holds exactly. The same row gives the same
/// bytes on every processor. Thread-safe. Source: docs/formats.md.
/// </remarks>
public static class BlockQuantization
{
    /// <summary>Values that share a scale.</summary>
    public const int BlockSize = 32;

    /// <summary>Bytes of an int4 block, whole or not.</summary>
    internal const int Int4BlockBytes = BlockSize / 2;

    /// <summary>Blocks, and so scales, of a row.</summary>
    /// <param name="columns">Numbers of the row, at least 0.</param>
    public static int Blocks(int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        return (int)(((long)columns + BlockSize - 1) / BlockSize);
    }

    /// <summary>Type of the stored values: I8 for int8, U8 (two values a byte) for int4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks.</exception>
    public static ElementType ValueType(WeightFormat format) => format switch
    {
        WeightFormat.Int8Block32 => ElementType.I8,
        WeightFormat.Int4Block32 => ElementType.U8,
        _ => throw NoBlocks(format),
    };

    /// <summary>Bytes of the values of a row, scales not counted: columns for int8; 16 for each block, begun ones included, for int4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks, or the number of columns is negative or beyond 32 bits of bytes.</exception>
    public static int RowBytes(WeightFormat format, int columns) => format switch
    {
        WeightFormat.Int8Block32 => columns,
        WeightFormat.Int4Block32 => Blocks(columns) * Int4BlockBytes,
        _ => throw NoBlocks(format),
    };

    /// <summary>The largest magnitude a block can hold: the largest F16 scale times 127 or 7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks.</exception>
    public static float MaxMagnitude(WeightFormat format) => format switch
    {
        WeightFormat.Int8Block32 => 127 * (float)Half.MaxValue,
        WeightFormat.Int4Block32 => 7 * (float)Half.MaxValue,
        _ => throw NoBlocks(format),
    };

    /// <summary>Quantizes one row.</summary>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="row">Finite numbers of at most <see cref="MaxMagnitude"/>.</param>
    /// <param name="values">At least <see cref="RowBytes"/> long. The int4 values behind a short last block are written as 0.</param>
    /// <param name="scales">At least <see cref="Blocks"/> long. May be negative for int4.</param>
    /// <exception cref="ArgumentException">A number is not finite or too large, or a destination is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks.</exception>
    public static void QuantizeRow(WeightFormat format, ReadOnlySpan<float> row, Span<byte> values, Span<Half> scales)
    {
        CheckLengths(format, row.Length, values.Length, scales.Length);
        float largest = MaxMagnitude(format);
        Span<float> block = stackalloc float[BlockSize];
        Span<sbyte> quantized = stackalloc sbyte[BlockSize];
        for (int b = 0; b < Blocks(row.Length); b++)
        {
            ReadOnlySpan<float> source = row.Slice(b * BlockSize, Math.Min(BlockSize, row.Length - (b * BlockSize)));
            foreach (float number in source)
            {
                if (!(Math.Abs(number) <= largest))
                    throw new ArgumentException($"{number} cannot be quantized: numbers must be finite and at most {largest} in magnitude.", nameof(row));
            }

            block.Clear();
            source.CopyTo(block);
            if (format == WeightFormat.Int8Block32)
            {
                scales[b] = BlockScale.Int8.Quantize(block, quantized);
                MemoryMarshal.AsBytes(quantized[..source.Length]).CopyTo(values[(b * BlockSize)..]);
                continue;
            }

            scales[b] = BlockScale.Int4.Quantize(block, quantized);
            for (int j = 0; j < Int4BlockBytes; j++)
                values[(b * Int4BlockBytes) + j] = (byte)((quantized[j] + 8) | ((quantized[j + Int4BlockBytes] + 8) << 4));
        }
    }

    /// <summary>Gives the numbers of a quantized row.</summary>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="values">At least <see cref="RowBytes"/> of them.</param>
    /// <param name="scales">At least <see cref="Blocks"/> of them, of any alignment.</param>
    /// <param name="row">Where they go: as many as the row has.</param>
    /// <exception cref="ArgumentException">A source is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks.</exception>
    public static void DequantizeRow(WeightFormat format, ReadOnlySpan<byte> values, ReadOnlySpan<Half> scales, Span<float> row)
    {
        CheckLengths(format, row.Length, values.Length, scales.Length);
        for (int b = 0; b < Blocks(row.Length); b++)
        {
            float scale = (float)scales[b];
            Span<float> block = row.Slice(b * BlockSize, Math.Min(BlockSize, row.Length - (b * BlockSize)));
            if (format == WeightFormat.Int8Block32)
            {
                for (int i = 0; i < block.Length; i++)
                    block[i] = scale * (sbyte)values[(b * BlockSize) + i];
                continue;
            }

            ReadOnlySpan<byte> pairs = values.Slice(b * Int4BlockBytes, Int4BlockBytes);
            for (int i = 0; i < block.Length; i++)
                block[i] = scale * ((i < Int4BlockBytes ? pairs[i] & 15 : pairs[i - Int4BlockBytes] >> 4) - 8);
        }
    }

    /// <summary>Quantizes a whole matrix into memory of its own: for weights that no file holds.</summary>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="matrix">Floating-point matrix; see <see cref="QuantizeRow"/> for its range.</param>
    /// <returns>A matrix whose owner keeps its memory.</returns>
    /// <exception cref="ArgumentException">A number is not finite or too large.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks.</exception>
    /// <exception cref="OverflowException">The values take 2 GiB or more.</exception>
    public static unsafe HostTensor Quantize(WeightFormat format, HostTensor matrix)
    {
        int rowBytes = RowBytes(format, matrix.Columns);
        int blocks = Blocks(matrix.Columns);
        byte[] values = GC.AllocateUninitializedArray<byte>(checked(matrix.Rows * rowBytes), pinned: true);
        Half[] scales = GC.AllocateUninitializedArray<Half>(checked(matrix.Rows * blocks), pinned: true);
        var numbers = new float[matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.CopyRowTo(row, numbers);
            QuantizeRow(format, numbers, values.AsSpan(row * rowBytes, rowBytes), scales.AsSpan(row * blocks, blocks));
        }

        return HostTensor.Quantized(
            format,
            new HostTensor((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(values)), ValueType(format), matrix.Rows, rowBytes, rowBytes, values),
            new HostTensor((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(scales)), ElementType.F16, matrix.Rows, blocks, blocks, scales),
            matrix.Columns);
    }

    private static void CheckLengths(WeightFormat format, int columns, int valueBytes, int scales)
    {
        if (valueBytes < RowBytes(format, columns) || scales < Blocks(columns))
            throw new ArgumentException($"A row of {columns} numbers needs {RowBytes(format, columns)} bytes of values and {Blocks(columns)} scales, not {valueBytes} and {scales}.");
    }

    private static ArgumentOutOfRangeException NoBlocks(WeightFormat format) =>
        new(nameof(format), format, "Int8Block32 or Int4Block32 is expected.");
}
