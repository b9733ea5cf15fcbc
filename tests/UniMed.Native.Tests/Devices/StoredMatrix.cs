using System.Runtime.InteropServices;

namespace UniMed.Native.Tests.Devices;

/// <summary>A weight as a file would hold it: narrowed to a type or quantized, in rows that may be longer than the matrix, with NaN around it.</summary>
public sealed class StoredMatrix
{
    /// <summary>Stores random numbers of the type.</summary>
    /// <param name="random">Source of the numbers.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="type">F64, F32, F16 or BF16; I8 for int8 blocks, U8 for int4 blocks.</param>
    /// <param name="strided">True: rows do not lie next to each other, and the matrix does not begin where its memory does.</param>
    public StoredMatrix(Random random, int rows, int columns, ElementType type, bool strided = false)
    {
        if (!type.IsFloat())
        {
            (Tensor, Values) = Quantize(random, rows, columns, type == ElementType.I8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32, strided);
            return;
        }

        int before = strided ? 3 : 0;
        int width = columns + (strided ? 8 : 0);
        int size = type.Size();
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Math.Max(1, rows * width * size), pinned: true);
        Array.Fill(bytes, (byte)0xFF);
        Values = new float[rows, columns];
        float scale = 1 / MathF.Sqrt(Math.Max(columns, 1));
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                Values[row, column] = Store(scale * 2 * (random.NextDouble() - 0.5), type, bytes.AsSpan(((row * width) + before + column) * size, size));
        }

        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0);
        Tensor = new HostTensor(address, type, rows, width, width, bytes).SliceColumns(before, columns);
    }

    /// <summary>The stored numbers, as fp32.</summary>
    public float[,] Values { get; }

    public HostTensor Tensor { get; }

    /// <summary>The first row of <see cref="Values"/>.</summary>
    public float[] Vector => Values.Flat()[..Values.GetLength(1)].ToArray();

    /// <summary>The type of biases beside matrices of a type: vectors are never quantized.</summary>
    public static ElementType BiasType(ElementType type) => type.IsFloat() ? type : ElementType.F16;

    private static (HostTensor Tensor, float[,] Values) Quantize(Random random, int rows, int columns, WeightFormat format, bool strided)
    {
        int rowBytes = BlockQuantization.RowBytes(format, columns);
        int blocks = BlockQuantization.Blocks(columns);
        int gap = strided ? 3 : 0;
        byte[] values = GC.AllocateUninitializedArray<byte>(gap + (rows * (rowBytes + gap)), pinned: true);
        byte[] scales = GC.AllocateUninitializedArray<byte>((gap + (rows * (blocks + gap))) * sizeof(ushort), pinned: true);
        Array.Fill(values, (byte)0xFF);
        Array.Fill(scales, (byte)0xFF);
        var numbers = new float[rows, columns];
        var row = new float[columns];
        float scale = 1 / MathF.Sqrt(columns);
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                row[c] = scale * 2 * (random.NextSingle() - 0.5f);
            Span<byte> bytes = values.AsSpan(gap + (r * (rowBytes + gap)), rowBytes);
            Span<Half> halves = MemoryMarshal.Cast<byte, Half>(scales.AsSpan())[(gap + (r * (blocks + gap)))..][..blocks];
            BlockQuantization.QuantizeRow(format, row, bytes, halves);
            for (int c = 0; c < columns; c++)
                numbers[r, c] = (float)halves[c / 32] * Value(format, bytes, c);
        }

        nint valuesAt = Marshal.UnsafeAddrOfPinnedArrayElement(values, 0) + gap;
        nint scalesAt = Marshal.UnsafeAddrOfPinnedArrayElement(scales, 0) + (gap * sizeof(ushort));
        HostTensor tensor = HostTensor.Quantized(
            format,
            new HostTensor(valuesAt, BlockQuantization.ValueType(format), rows, rowBytes, rowBytes + gap, values),
            new HostTensor(scalesAt, ElementType.F16, rows, blocks, blocks + gap, scales),
            columns);
        return (tensor, numbers);
    }

    /// <summary>One stored value, read as docs/formats.md says.</summary>
    private static int Value(WeightFormat format, ReadOnlySpan<byte> row, int column)
    {
        if (format == WeightFormat.Int8Block32)
            return (sbyte)row[column];
        byte pair = row[(column / 32 * 16) + (column % 16)];
        return (column % 32 < 16 ? pair & 15 : pair >> 4) - 8;
    }

    private static float Store(double value, ElementType type, Span<byte> destination)
    {
        switch (type)
        {
            case ElementType.F64:
                MemoryMarshal.Write(destination, value);
                return (float)value;
            case ElementType.F32:
                MemoryMarshal.Write(destination, (float)value);
                return (float)value;
            case ElementType.F16:
                MemoryMarshal.Write(destination, (Half)value);
                return (float)(Half)value;
            case ElementType.BF16:
                uint upper = BitConverter.SingleToUInt32Bits((float)value) >> 16;
                MemoryMarshal.Write(destination, (ushort)upper);
                return BitConverter.UInt32BitsToSingle(upper << 16);
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }
}
