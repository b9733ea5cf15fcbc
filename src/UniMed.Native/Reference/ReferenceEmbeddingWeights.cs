namespace UniMed.Native.Reference;

/// <summary>A token embedding table used in place.</summary>
internal sealed class ReferenceEmbeddingWeights(HostTensor table) : EmbeddingWeights
{
    public HostTensor Table { get; } = table;

    public override long ByteLength => Table.ByteLength;
}
