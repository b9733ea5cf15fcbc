namespace UniMed.Native.Ilgpu;

/// <summary>Patch embedding on the device.</summary>
internal sealed class IlgpuPatchEmbeddingWeights(IlgpuMatrix matrix, IlgpuMemory bias, IlgpuMemory classToken, IlgpuMemory positions, int patchSize, int grid) : PatchEmbeddingWeights
{
    public IlgpuMatrix Matrix => matrix;

    public IlgpuMemory Bias => bias;

    public IlgpuMemory ClassToken => classToken;

    public IlgpuMemory Positions => positions;

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
