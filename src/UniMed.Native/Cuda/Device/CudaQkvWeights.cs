namespace UniMed.Native.Cuda.Device;

/// <summary>q_proj, k_proj and v_proj on the card, and the rotary table.</summary>
internal sealed class CudaQkvWeights(CudaMatrix query, CudaMatrix key, CudaMatrix value, CudaMemory cos, CudaMemory sin, int heads, int kvHeads, int headDim, int positions) : QkvWeights
{
    public CudaMatrix Query => query;

    public CudaMatrix Key => key;

    public CudaMatrix Value => value;

    /// <summary>[positions, head_dim / 2].</summary>
    public CudaMemory Cos => cos;

    /// <summary>[positions, head_dim / 2].</summary>
    public CudaMemory Sin => sin;

    public int Heads => heads;

    public int KvHeads => kvHeads;

    public int HeadDim => headDim;

    /// <summary>Positions of the rotary table.</summary>
    public int Positions => positions;

    public override long ByteLength => query.Bytes + key.Bytes + value.Bytes;

    protected override void Dispose(bool disposing)
    {
        query.Dispose();
        key.Dispose();
        value.Dispose();
        cos.Dispose();
        sin.Dispose();
        base.Dispose(disposing);
    }
}
