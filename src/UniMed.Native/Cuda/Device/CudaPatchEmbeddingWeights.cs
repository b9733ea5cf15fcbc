namespace UniMed.Native.Cuda;

/// <summary>Patch embedding on the card.</summary>
internal sealed class CudaPatchEmbeddingWeights(CudaMatrix matrix, CudaMemory bias, CudaMemory classToken, CudaMemory positions, int patchSize, int grid) : PatchEmbeddingWeights
{
    public CudaMatrix Matrix => matrix;

    public CudaMemory Bias => bias;

    public CudaMemory ClassToken => classToken;

    public CudaMemory Positions => positions;

    public int PatchSize => patchSize;

    public int Grid => grid;

    public override long ByteLength => matrix.Bytes + bias.Bytes + classToken.Bytes + positions.Bytes;

    protected override void Dispose(bool disposing)
    {
        matrix.Dispose();
        bias.Dispose();
        classToken.Dispose();
        positions.Dispose();
        base.Dispose(disposing);
    }
}
