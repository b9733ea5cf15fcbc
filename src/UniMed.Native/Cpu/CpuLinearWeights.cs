namespace UniMed.Native.Cpu;

/// <summary>A linear layer used in place.</summary>
internal sealed class CpuLinearWeights(HostTensor weight, CpuVector? bias) : LinearWeights
{
    public CpuMatrix Matrix { get; } = new(weight);

    public CpuVector? Bias { get; } = bias;

    public override long ByteLength { get; } = weight.ByteLength;

    /// <summary>Keeps the file's memory map alive.</summary>
    public object? Owner { get; } = weight.Owner;
}
