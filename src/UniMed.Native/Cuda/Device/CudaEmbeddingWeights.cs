namespace UniMed.Native.Cuda;

/// <summary>A token embedding table on the card, row-major, as F16, BF16 or F32.</summary>
internal sealed class CudaEmbeddingWeights(CudaMemory table, ElementType type, int rows, int columns) : EmbeddingWeights
{
    public CudaMemory Table => table;

    public ElementType Type => type;

    public int Rows => rows;

    public int Columns => columns;

    public override long ByteLength => (long)rows * columns * type.Size();

    protected override void Dispose(bool disposing)
    {
        table.Dispose();
        base.Dispose(disposing);
    }
}
