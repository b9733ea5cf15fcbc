using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>One tensor of a source file, read on demand in row-major order.</summary>
/// <param name="key">Its key in the file.</param>
/// <param name="file">File name without its folder.</param>
internal abstract class SourceTensor(string key, string file)
{
    /// <summary>Its key in the file.</summary>
    public string Key { get; } = key;

    /// <summary>File name without its folder.</summary>
    public string File { get; } = file;

    /// <summary>Type of the elements.</summary>
    public abstract TorchType Type { get; }

    /// <summary>Elements along each dimension.</summary>
    public abstract IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public abstract long Count { get; }

    /// <summary>Reads elements.</summary>
    /// <param name="first">First element.</param>
    /// <param name="destination">A whole number of elements of <see cref="Type"/>.</param>
    public abstract void Read(long first, Span<byte> destination);

    /// <summary>True when both are known to be the same bytes of the same file, without reading them.</summary>
    public abstract bool IsSameStorage(SourceTensor other);
}
