namespace UniMed.Native;

/// <summary>A block of fp32 numbers in a device's memory: activations, or folded constants. Dispose gives it back.</summary>
/// <remarks>Not thread-safe for writing; two operations may read it at once.</remarks>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Creates the base of a device's buffer.</summary>
    /// <param name="length">Number of elements, at least 0.</param>
    protected DeviceBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
    }

    /// <summary>Number of fp32 elements.</summary>
    public long Length { get; }

    /// <summary>The first rows x columns elements as a matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The matrix is larger than the buffer.</exception>
    public Tensor AsTensor(int rows, int columns) => new(this, 0, rows, columns);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back; called once or more.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
