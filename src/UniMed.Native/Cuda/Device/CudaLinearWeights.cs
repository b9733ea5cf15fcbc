namespace UniMed.Native.Cuda;

/// <summary>A linear layer on the card.</summary>
internal sealed class CudaLinearWeights(CudaMatrix matrix, CudaMemory? bias) : LinearWeights
{
    public CudaMatrix Matrix => matrix;

    public CudaMemory? Bias => bias;

    public override long ByteLength => matrix.Bytes;

    protected override void Dispose(bool disposing)
    {
        matrix.Dispose();
        bias?.Dispose();
        base.Dispose(disposing);
    }
}
