using System.Runtime.InteropServices;

namespace UniMed.Native.Tests.Devices;

/// <summary>A weight as a file would hold it: narrowed to a type, in rows that may be longer than the matrix, with NaN around it.</summary>
public sealed class StoredMatrix
{
    /// <summary>Stores random numbers of the type.</summary>
    /// <param name="random">Source of the numbers.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="type">F64, F32, F16 or BF16.</param>
    /// <param name="strided">True: the matrix is a slice of columns out of wider rows.</param>
    public StoredMatrix(Random random, int rows, int columns, ElementType type, bool strided = false)
    {
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
