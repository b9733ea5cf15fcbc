namespace UniMed.Native.Ilgpu;

/// <summary>A token embedding table on the device, row after row, each of whole words.</summary>
internal sealed class IlgpuEmbeddingWeights(IlgpuMemory words, WordFormat format, int rows, int columns, int rowWords) : EmbeddingWeights
{
    public IlgpuMemory Words => words;

    public WordFormat Format => format;

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>Words of a row.</summary>
    public int RowWords => rowWords;

    public override long ByteLength => words.Bytes;

    protected override void Dispose(bool disposing)
    {
        words.Dispose();
        base.Dispose(disposing);
    }
}
