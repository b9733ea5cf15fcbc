namespace UniMed.WeightsConverter.Bytes;

/// <summary>Bytes read by position: a file, or memory. Reading is thread-safe.</summary>
internal interface IByteSource : IDisposable
{
    /// <summary>What messages call it: a file name without its folder.</summary>
    string Name { get; }

    /// <summary>Number of bytes.</summary>
    long Length { get; }

    /// <summary>Fills the destination from a position.</summary>
    /// <exception cref="ConversionException">The range leaves the source, or reading fails.</exception>
    void Read(long position, Span<byte> destination);
}
