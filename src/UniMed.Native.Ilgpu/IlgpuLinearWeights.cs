namespace UniMed.Native.Ilgpu;

/// <summary>A linear layer on the device.</summary>
internal sealed class IlgpuLinearWeights(IlgpuMatrix matrix, IlgpuMemory? bias) : LinearWeights
{
    public IlgpuMatrix Matrix => matrix;

    public IlgpuMemory? Bias => bias;

    public override long ByteLength => matrix.Bytes;

    protected override void Dispose(bool disposing)
    {
        matrix.Dispose();
        bias?.Dispose();
        base.Dispose(disposing);
    }
}
