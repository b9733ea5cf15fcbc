namespace UniMed.Native.Ilgpu;

/// <summary>q_proj, k_proj and v_proj stacked into one matrix on the device, and the rotary table.</summary>
internal sealed class IlgpuQkvWeights(IlgpuMatrix matrix, IlgpuMemory cos, IlgpuMemory sin, int heads, int kvHeads, int headDim, int positions) : QkvWeights
{
    public IlgpuMatrix Matrix => matrix;

    /// <summary>[positions, head_dim / 2].</summary>
    public IlgpuMemory Cos => cos;

    /// <summary>[positions, head_dim / 2].</summary>
    public IlgpuMemory Sin => sin;

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
