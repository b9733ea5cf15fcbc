namespace UniMed.Native.Cuda;

/// <summary>q_proj, k_proj and v_proj stacked into one matrix on the card, and the rotary table.</summary>
internal sealed class CudaQkvWeights(CudaMatrix matrix, CudaMemory cos, CudaMemory sin, int heads, int kvHeads, int headDim, int positions) : QkvWeights
{
    public CudaMatrix Matrix => matrix;

    /// <summary>[positions, head_dim / 2].</summary>
    public CudaMemory Cos => cos;

    /// <summary>[positions, head_dim / 2].</summary>
    public CudaMemory Sin => sin;

    public int Heads => heads;

    public int KvHeads => kvHeads;

    public int HeadDim => headDim;

    /// <summary>Positions of the rotary table.</summary>
    public int Positions => positions;

    public override long ByteLength => matrix.Bytes;

    protected override void Dispose(bool disposing)
    {
        matrix.Dispose();
        cos.Dispose();
        sin.Dispose();
        base.Dispose(disposing);
    }
}
