using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UniMed.Native;

/// <summary>
/// A matrix of numbers in host memory, row-major with a row stride: usually a tensor of a memory-mapped weight file, used in place.
/// It does not own the memory; <see cref="Owner"/> keeps it alive.
/// </summary>
/// <remarks>A vector is a matrix of one row. Thread-safe: nothing is written.</remarks>
public readonly unsafe struct HostTensor
{
    /// <summary>Describes memory that someone else owns.</summary>
    /// <param name="address">First element; aligned to the element's size or not.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="rows">Rows, at least 0.</param>
    /// <param name="columns">Columns, at least 0.</param>
    /// <param name="rowStride">Elements from one row to the next, at least <paramref name="columns"/>.</param>
    /// <param name="owner">The object that must stay reachable while the memory is used.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative or the stride is smaller than a row.</exception>
    public HostTensor(nint address, ElementType type, int rows, int columns, long rowStride, object? owner)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowStride, columns);
        Address = address;
        Type = type;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        Owner = owner;
    }

    /// <summary>Address of the first element.</summary>
    public nint Address { get; }

    /// <summary>Type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>Number of rows; for a weight the output features.</summary>
    public int Rows { get; }

    /// <summary>Number of columns; for a weight the input features.</summary>
    public int Columns { get; }

    /// <summary>Elements from one row to the next.</summary>
    public long RowStride { get; }

    /// <summary>The object that keeps the memory alive, or null when the caller does.</summary>
    public object? Owner { get; }

    /// <summary>Elements of the matrix.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Pins an array and describes it; the memory lives as long as the returned tensor's owner.</summary>
    /// <exception cref="ArgumentException">The array does not hold rows x columns elements.</exception>
    public static HostTensor FromArray(float[] values, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != (long)rows * columns)
            throw new ArgumentException($"{values.Length} values do not fill a {rows} x {columns} matrix.", nameof(values));
        float[] pinned = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
        values.CopyTo(pinned, 0);
        nint address = values.Length == 0 ? 0 : (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return new HostTensor(address, ElementType.F32, rows, columns, columns, pinned);
    }

    /// <summary>The columns [start, start + count) of every row, without a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the row.</exception>
    public HostTensor SliceColumns(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Columns, nameof(count));
        return new HostTensor(Address + (nint)start * Type.Size(), Type, Rows, count, RowStride, Owner);
    }

    /// <summary>The rows [start, start + count), without a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the matrix.</exception>
    public HostTensor SliceRows(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Rows, nameof(count));
        return new HostTensor(Address + (nint)(start * RowStride) * Type.Size(), Type, count, Columns, RowStride, Owner);
    }

    /// <summary>The same elements with other numbers of rows and columns, without a copy.</summary>
    /// <exception cref="ArgumentException">The number of elements differs, or rows do not lie next to each other.</exception>
    public HostTensor Reshape(int rows, int columns)
    {
        if ((long)rows * columns != Length)
            throw new ArgumentException($"A {Rows} x {Columns} matrix cannot be read as {rows} x {columns}.");
        if (RowStride != Columns && Rows > 1)
            throw new ArgumentException($"Rows of {Columns} that are {RowStride} apart cannot be reshaped.");
        return new HostTensor(Address, Type, rows, columns, columns, Owner);
    }

    /// <summary>Widens (F64: rounds) one row to fp32.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="destination">At least <see cref="Columns"/> long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="NotSupportedException">The elements are not floating point.</exception>
    public void CopyRowTo(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        byte* source = (byte*)Address + (row * RowStride * Type.Size());
        FloatConversion.ToSingle(new ReadOnlySpan<byte>(source, checked(Columns * Type.Size())), Type, destination);
        GC.KeepAlive(Owner);
    }

    /// <summary>All elements as fp32, row after row.</summary>
    /// <exception cref="NotSupportedException">The elements are not floating point.</exception>
    public float[] ToSingleArray()
    {
        var values = new float[Length];
        for (int row = 0; row < Rows; row++)
            CopyRowTo(row, values.AsSpan(row * Columns, Columns));
        return values;
    }
}
