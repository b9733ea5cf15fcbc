using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UniMed.Native;

/// <summary>
/// A matrix of numbers in host memory, row-major with a row stride: usually a tensor of a memory-mapped weight file, used in place. Its numbers stand by themselves or in
/// quantized blocks (<see cref="Format"/>). It does not own the memory; <see cref="Owner"/> keeps it alive.
/// </summary>
/// <remarks>A vector is a matrix of one row. Thread-safe: nothing is written.</remarks>
public readonly unsafe struct HostTensor
{
    private readonly nint _scalesAddress;
    private readonly long _scalesStride;

    /// <summary>Describes memory that someone else owns, numbers standing by themselves.</summary>
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

    private HostTensor(WeightFormat format, HostTensor values, nint scalesAddress, long scalesStride, int columns, object? owner)
    {
        Format = format;
        Address = values.Address;
        Type = values.Type;
        Rows = values.Rows;
        Columns = columns;
        RowStride = values.RowStride;
        Owner = owner;
        _scalesAddress = scalesAddress;
        _scalesStride = scalesStride;
    }

    /// <summary>How the numbers are stored.</summary>
    public WeightFormat Format { get; }

    /// <summary>Address of the first stored element.</summary>
    public nint Address { get; }

    /// <summary>Type of the stored elements: I8 for int8 blocks, U8 (two numbers each) for int4 blocks.</summary>
    public ElementType Type { get; }

    /// <summary>Number of rows; for a weight the output features.</summary>
    public int Rows { get; }

    /// <summary>Number of columns; for a weight the input features.</summary>
    public int Columns { get; }

    /// <summary>Stored elements from one row to the next; for int4 blocks these are bytes, not numbers.</summary>
    public long RowStride { get; }

    /// <summary>The object that keeps the memory alive, or null when the caller does.</summary>
    public object? Owner { get; }

    /// <summary>Numbers of the matrix.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Bytes of the stored numbers, scales included, gaps between rows not.</summary>
    public long ByteLength => Format == WeightFormat.Plain
        ? Length * Type.Size()
        : Rows * ((long)BlockQuantization.RowBytes(Format, Columns) + (BlockQuantization.Blocks(Columns) * (long)sizeof(ushort)));

    /// <summary>True when the numbers are floating point or quantized: what a device takes as the matrix of a layer.</summary>
    public bool IsWeight => Format != WeightFormat.Plain || Type.IsFloat();

    /// <summary>The scales of a quantized matrix: F16, one row for each of its rows, one column for each block.</summary>
    /// <exception cref="InvalidOperationException">The matrix is not quantized.</exception>
    public HostTensor Scales => Format != WeightFormat.Plain
        ? new HostTensor(_scalesAddress, ElementType.F16, Rows, BlockQuantization.Blocks(Columns), _scalesStride, Owner)
        : throw new InvalidOperationException("A matrix that is not quantized has no scales.");

    /// <summary>Joins values and scales to a quantized matrix, in place.</summary>
    /// <param name="format">Int8 or int4 blocks.</param>
    /// <param name="values">I8 [rows, columns] for int8; U8 [rows, 16 * blocks] for int4.</param>
    /// <param name="scales">F16 [rows, blocks].</param>
    /// <param name="columns">Numbers of a row.</param>
    /// <exception cref="ArgumentException">Types or sizes do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The format is not one of blocks, or the number of columns is negative.</exception>
    public static HostTensor Quantized(WeightFormat format, HostTensor values, HostTensor scales, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ElementType type = BlockQuantization.ValueType(format);
        int rowBytes = BlockQuantization.RowBytes(format, columns);
        int blocks = BlockQuantization.Blocks(columns);
        if (values.Format != WeightFormat.Plain || values.Type != type || values.Columns != rowBytes)
            throw new ArgumentException($"Values of {columns} columns must be {type.SafetensorsName()} with {rowBytes} in a row, not {values.Type.SafetensorsName()} with {values.Columns}.", nameof(values));
        if (scales.Format != WeightFormat.Plain || scales.Type != ElementType.F16 || scales.Rows != values.Rows || scales.Columns != blocks)
        {
            throw new ArgumentException(
                $"Scales must be F16, {values.Rows} x {blocks}, not {scales.Type.SafetensorsName()}, {scales.Rows} x {scales.Columns}.", nameof(scales));
        }

        object? owner = ReferenceEquals(values.Owner, scales.Owner) ? values.Owner : new[] { values.Owner, scales.Owner };
        return new HostTensor(format, values, scales.Address, scales.RowStride, columns, owner);
    }

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
    /// <exception cref="ArgumentException">The matrix is quantized and the range, not empty, begins or ends inside a block.</exception>
    public HostTensor SliceColumns(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Columns, nameof(count));
        if (Format == WeightFormat.Plain)
            return new HostTensor(Address + (nint)start * Type.Size(), Type, Rows, count, RowStride, Owner);
        if (count == 0)
            return new HostTensor(Format, this, _scalesAddress, _scalesStride, 0, Owner);
        const int Block = BlockQuantization.BlockSize;
        if (start % Block != 0 || ((start + count) % Block != 0 && start + count != Columns))
            throw new ArgumentException($"Columns {start} to {start + count} of {Columns} tear a block of {Block}; a quantized matrix is sliced between blocks.", nameof(start));
        nint address = Address + BlockQuantization.RowBytes(Format, start);
        return new HostTensor(Format, new HostTensor(address, Type, Rows, 0, RowStride, Owner), _scalesAddress + (start / Block * sizeof(ushort)), _scalesStride, count, Owner);
    }

    /// <summary>The rows [start, start + count), without a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the matrix.</exception>
    public HostTensor SliceRows(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Rows, nameof(count));
        var values = new HostTensor(Address + (nint)(start * RowStride) * Type.Size(), Type, count, Format == WeightFormat.Plain ? Columns : 0, RowStride, Owner);
        return Format == WeightFormat.Plain
            ? values
            : new HostTensor(Format, values, _scalesAddress + (nint)(start * _scalesStride * sizeof(ushort)), _scalesStride, Columns, Owner);
    }

    /// <summary>The same elements with other numbers of rows and columns, without a copy.</summary>
    /// <exception cref="ArgumentException">The number of elements differs, rows do not lie next to each other, or the matrix is quantized: its blocks belong to its rows.</exception>
    public HostTensor Reshape(int rows, int columns)
    {
        if (Format != WeightFormat.Plain)
            throw new ArgumentException($"A quantized {Rows} x {Columns} matrix cannot be read as {rows} x {columns}: its blocks belong to its rows.");
        if ((long)rows * columns != Length)
            throw new ArgumentException($"A {Rows} x {Columns} matrix cannot be read as {rows} x {columns}.");
        if (RowStride != Columns && Rows > 1)
            throw new ArgumentException($"Rows of {Columns} that are {RowStride} apart cannot be reshaped.");
        return new HostTensor(Address, Type, rows, columns, columns, Owner);
    }

    /// <summary>Widens (F64: rounds) one row to fp32; a quantized row is multiplied out, exactly.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="destination">At least <see cref="Columns"/> long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="NotSupportedException">The elements are neither floating point nor quantized.</exception>
    public void CopyRowTo(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        byte* source = (byte*)Address + (row * RowStride * Type.Size());
        if (Format == WeightFormat.Plain)
        {
            FloatConversion.ToSingle(new ReadOnlySpan<byte>(source, checked(Columns * Type.Size())), Type, destination);
        }
        else
        {
            if (destination.Length < Columns)
                throw new ArgumentException($"{Columns} numbers do not fit into {destination.Length}.", nameof(destination));
            var scales = new ReadOnlySpan<Half>((Half*)_scalesAddress + (row * _scalesStride), BlockQuantization.Blocks(Columns));
            BlockQuantization.DequantizeRow(Format, new ReadOnlySpan<byte>(source, BlockQuantization.RowBytes(Format, Columns)), scales, destination[..Columns]);
        }

        GC.KeepAlive(Owner);
    }

    /// <summary>Copies one row of numbers that stand by themselves as they are stored.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="destination">As many bytes as the row has.</param>
    internal void CopyPlainRowTo(int row, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        new ReadOnlySpan<byte>((byte*)Address + (row * RowStride * Type.Size()), Columns * Type.Size()).CopyTo(destination);
        GC.KeepAlive(Owner);
    }

    /// <summary>Copies one quantized row as it is stored.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="values">At least <see cref="BlockQuantization.RowBytes"/> long.</param>
    /// <param name="scales">At least <see cref="BlockQuantization.Blocks"/> long.</param>
    /// <exception cref="InvalidOperationException">The matrix is not quantized.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    /// <exception cref="ArgumentException">A destination is too short.</exception>
    internal void CopyStoredRowTo(int row, Span<byte> values, Span<Half> scales)
    {
        if (Format == WeightFormat.Plain)
            throw new InvalidOperationException("A matrix that is not quantized has no scales.");
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        new ReadOnlySpan<byte>((byte*)Address + (row * RowStride), BlockQuantization.RowBytes(Format, Columns)).CopyTo(values);
        new ReadOnlySpan<byte>((byte*)_scalesAddress + (row * _scalesStride * sizeof(ushort)), BlockQuantization.Blocks(Columns) * sizeof(ushort))
            .CopyTo(MemoryMarshal.AsBytes(scales));
        GC.KeepAlive(Owner);
    }

    /// <summary>All elements as fp32, row after row.</summary>
    /// <exception cref="NotSupportedException">The elements are neither floating point nor quantized.</exception>
    public float[] ToSingleArray()
    {
        var values = new float[Length];
        for (int row = 0; row < Rows; row++)
            CopyRowTo(row, values.AsSpan(row * Columns, Columns));
        return values;
    }
}
