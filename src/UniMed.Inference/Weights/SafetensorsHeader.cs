namespace UniMed.Inference.Weights;

/// <summary>What the header of a safetensors file says, checked against the file's length.</summary>
/// <param name="DataStart">First byte of the data section, from the start of the file.</param>
/// <param name="Tensors">Readable tensors by name, in the order of the header.</param>
/// <param name="Unsupported">Tensors of a type that the format has and UniMed does not read: name to type.</param>
/// <param name="Metadata">Entries of <c>__metadata__</c>.</param>
internal sealed record SafetensorsHeader(
    long DataStart,
    IReadOnlyDictionary<string, TensorInfo> Tensors,
    IReadOnlyDictionary<string, string> Unsupported,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The key of the metadata entry: no tensor can have this name.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>Bytes in front of the JSON: its length as an unsigned 64-bit little-endian integer.</summary>
    public const int LengthBytes = 8;

    /// <summary>Longest JSON header, as in the format's own implementation.</summary>
    public const long MaxJsonBytes = 100_000_000;

    /// <summary>Most tensors, and most metadata entries, of one file.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>Most dimensions of a tensor, as in PyTorch.</summary>
    public const int MaxRank = 64;
}
