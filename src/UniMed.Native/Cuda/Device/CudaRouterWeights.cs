namespace UniMed.Native.Cuda;

/// <summary>The router on the card: fc1 split at the task columns, fc2 row-major.</summary>
internal sealed class CudaRouterWeights(CudaMatrix task, CudaMatrix token, CudaMemory fc1Bias, CudaMemory fc2, CudaMemory fc2Bias, int experts, HalfType fc2Type) : RouterWeights
{
    public CudaMatrix Task => task;

    public CudaMatrix Token => token;

    public CudaMemory Fc1Bias => fc1Bias;

    public CudaMemory Fc2 => fc2;

    public CudaMemory Fc2Bias => fc2Bias;

    public int Experts => experts;

    public HalfType Fc2Type => fc2Type;

    public override long ByteLength => token.Bytes + fc2.Bytes;

    protected override void Dispose(bool disposing)
    {
        task.Dispose();
        token.Dispose();
        fc1Bias.Dispose();
        fc2.Dispose();
        fc2Bias.Dispose();
        base.Dispose(disposing);
    }
}
