namespace UniMed.WeightsConverter.Bytes;

/// <summary>An archive that is already in memory.</summary>
internal sealed class MemoryByteSource(string name, ReadOnlyMemory<byte> bytes) : IByteSource
{
    public string Name { get; } = name;

    public long Length => bytes.Length;

    public void Read(long position, Span<byte> destination)
    {
        if (position < 0 || position > bytes.Length - destination.Length)
            throw new ConversionException($"{Name}: {destination.Length} bytes at {position} lie beyond its {bytes.Length} bytes.");
        bytes.Span.Slice((int)position, destination.Length).CopyTo(destination);
    }

    public void Dispose()
    {
    }
}
