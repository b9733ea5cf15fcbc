namespace UniMed.Native.Cuda;

/// <summary>A token embedding table on the card, row-major, as F16, BF16 or F32.</summary>
internal sealed class CudaEmbeddingWeights(CudaDevice device, CudaMemory table, ElementType type, int vocabulary, int hidden) : EmbeddingWeights(device, vocabulary, hidden)
{
    public CudaMemory Table => table;

    public ElementType Type => type;

    public override long ByteLength => (long)Vocabulary * Hidden * type.Size();

    protected override void DisposeCore() => table.Dispose();
}
