namespace UniMed.Native;

/// <summary>A row-major fp32 matrix inside a <see cref="DeviceBuffer"/>: rows are tokens (of one or many requests), columns channels. A view, it owns nothing.</summary>
public readonly record struct Tensor
{
    /// <summary>Describes a matrix inside a buffer.</summary>
    /// <param name="buffer">The memory.</param>
    /// <param name="offset">First element inside the buffer.</param>
    /// <param name="rows">Rows, at least 0.</param>
    /// <param name="columns">Columns, at least 0; rows lie next to each other.</param>
    /// <exception cref="ArgumentOutOfRangeException">The matrix leaves the buffer.</exception>
    public Tensor(DeviceBuffer buffer, long offset, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, buffer.Length - ((long)rows * columns), nameof(offset));
        Buffer = buffer;
        Offset = offset;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The memory.</summary>
    public DeviceBuffer Buffer { get; }

    /// <summary>First element inside the buffer.</summary>
    public long Offset { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Number of elements.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>The rows [start, start + count) as a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the matrix.</exception>
    public Tensor Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Rows, nameof(count));
        return new Tensor(Buffer, Offset + ((long)start * Columns), count, Columns);
    }

    /// <summary>The same elements with other numbers of rows and columns.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(int rows, int columns)
    {
        if ((long)rows * columns != Length)
            throw new ArgumentException($"A {Rows} x {Columns} matrix cannot be read as {rows} x {columns}.");
        return new Tensor(Buffer, Offset, rows, columns);
    }
}
