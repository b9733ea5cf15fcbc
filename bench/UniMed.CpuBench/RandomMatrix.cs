using System.Runtime.InteropServices;
using UniMed.Native;

namespace UniMed.CpuBench;

/// <summary>Random weights of a stored type in memory of their own, of the size real ones have: small, finite, none subnormal.</summary>
internal sealed unsafe class RandomMatrix
{
    private readonly nint _values;
    private readonly nint _scales;

    public RandomMatrix(int rows, int columns, ElementType type, int seed)
    {
        var random = new Random(seed);
        float scale = 1 / MathF.Sqrt(columns);
        long count = (long)rows * columns;
        if (type.IsFloat())
        {
            _values = (nint)NativeMemory.AlignedAlloc((nuint)(count * type.Size()), 64);
            // One row of random numbers, rotated for each row: quick to make, and no number repeats in a column's neighbourhood.
            var row = new float[columns];
            for (int i = 0; i < columns; i++)
                row[i] = ((random.NextSingle() * 2) - 1) * scale;
            var bytes = new byte[2 * columns * type.Size()];
            FloatConversion.FromSingle(row, type, bytes);
            FloatConversion.FromSingle(row, type, bytes.AsSpan(columns * type.Size()));
            for (int r = 0; r < rows; r++)
            {
                int shift = (int)((uint)(r * 97) % (uint)columns);
                bytes.AsSpan(shift * type.Size(), columns * type.Size()).CopyTo(new Span<byte>((byte*)_values + ((long)r * columns * type.Size()), columns * type.Size()));
            }

            Tensor = new HostTensor(_values, type, rows, columns, columns, this);
            return;
        }

        WeightFormat format = type == ElementType.I8 ? WeightFormat.Int8Block32 : WeightFormat.Int4Block32;
        int rowBytes = BlockQuantization.RowBytes(format, columns);
        int blocks = BlockQuantization.Blocks(columns);
        _values = (nint)NativeMemory.AlignedAlloc((nuint)((long)rows * rowBytes), 64);
        _scales = (nint)NativeMemory.AlignedAlloc((nuint)((long)rows * blocks * 2), 64);
        for (int r = 0; r < rows; r++)
        {
            random.NextBytes(new Span<byte>((byte*)_values + ((long)r * rowBytes), rowBytes));
            new Span<Half>((Half*)_scales + ((long)r * blocks), blocks).Fill((Half)(scale / (type == ElementType.I8 ? 127 : 8)));
        }

        Tensor = HostTensor.Quantized(
            format,
            new HostTensor(_values, type, rows, rowBytes, rowBytes, this),
            new HostTensor(_scales, ElementType.F16, rows, blocks, blocks, this),
            columns);
    }

    ~RandomMatrix()
    {
        NativeMemory.AlignedFree((void*)_values);
        NativeMemory.AlignedFree((void*)_scales);
    }

    public HostTensor Tensor { get; }

    public static HostTensor Of(int rows, int columns, ElementType type, int seed) => new RandomMatrix(rows, columns, type, seed).Tensor;

    public static HostTensor Ones(int columns) => HostTensor.FromArray([.. Enumerable.Repeat(1f, columns)], 1, columns);
}
