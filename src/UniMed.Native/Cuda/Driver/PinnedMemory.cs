namespace UniMed.Native.Cuda;

/// <summary>Page-locked host memory of a driver: the only memory that asynchronous copies take.</summary>
/// <param name="Address">Address in this process.</param>
/// <param name="Bytes">Length.</param>
internal readonly unsafe record struct PinnedMemory(nint Address, int Bytes)
{
    /// <summary>The memory. The caller waits for copies from or to it before it touches it.</summary>
    public Span<byte> Span => new((void*)Address, Bytes);

    /// <summary>A part of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part reaches past the end.</exception>
    public PinnedMemory Slice(int offset, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Bytes - bytes);
        return new PinnedMemory(Address + offset, bytes);
    }
}
