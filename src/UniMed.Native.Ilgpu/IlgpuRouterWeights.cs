namespace UniMed.Native.Ilgpu;

/// <summary>The router on the device: fc1 split at the task columns.</summary>
internal sealed class IlgpuRouterWeights(IlgpuMatrix task, IlgpuMatrix token, IlgpuMemory fc1Bias, IlgpuMatrix fc2, IlgpuMemory fc2Bias) : RouterWeights
{
    public IlgpuMatrix Task => task;

    public IlgpuMatrix Token => token;

    public IlgpuMemory Fc1Bias => fc1Bias;

    public IlgpuMatrix Fc2 => fc2;

    public IlgpuMemory Fc2Bias => fc2Bias;

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
