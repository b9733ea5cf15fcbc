namespace UniMed.Native.Ilgpu;

/// <summary>A token embedding table on the device, row after row, each of whole words.</summary>
internal sealed class IlgpuEmbeddingWeights(IlgpuDevice device, IlgpuMemory words, WordFormat format, int vocabulary, int hidden, int rowWords)
    : EmbeddingWeights(device, vocabulary, hidden)
{
    public IlgpuMemory Words => words;

    public WordFormat Format => format;

    /// <summary>Words of a row.</summary>
    public int RowWords => rowWords;

    public override long ByteLength => words.Bytes;

    protected override void DisposeCore() => words.Dispose();
}
