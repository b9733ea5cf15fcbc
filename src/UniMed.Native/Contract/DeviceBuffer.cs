namespace UniMed.Native;

/// <summary>A block of fp32 numbers in a device's memory: activations, or folded constants. Dispose gives it back.</summary>
/// <remarks>Not thread-safe for writing; two operations may read it at once.</remarks>
public abstract class DeviceBuffer : DeviceObject
{
    /// <summary>Creates the base of a device's buffer.</summary>
    /// <param name="device">The device in whose memory it lies.</param>
    /// <param name="length">Number of elements, at least 0.</param>
    protected DeviceBuffer(Device device, long length)
        : base(device)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
    }

    /// <summary>Number of fp32 elements.</summary>
    public long Length { get; }

    /// <summary>The first rows x columns elements as a matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The matrix is larger than the buffer.</exception>
    public Tensor AsTensor(int rows, int columns) => new(this, 0, rows, columns);
}
