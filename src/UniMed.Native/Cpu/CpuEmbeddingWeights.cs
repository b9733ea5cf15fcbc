namespace UniMed.Native.Cpu;

/// <summary>A token embedding table used in place.</summary>
internal sealed class CpuEmbeddingWeights(HostTensor table) : EmbeddingWeights
{
    public CpuMatrix Table { get; } = new(table);

    public override long ByteLength { get; } = table.ByteLength;

    /// <summary>Keeps the file's memory map alive.</summary>
    public object? Owner { get; } = table.Owner;
}
