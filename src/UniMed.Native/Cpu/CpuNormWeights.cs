namespace UniMed.Native.Cpu;

/// <summary>A norm's scale and shift, widened.</summary>
internal sealed class CpuNormWeights(CpuVector weight, CpuVector? bias) : NormWeights
{
    public CpuVector Weight { get; } = weight;

    public CpuVector? Bias { get; } = bias;

    public override long ByteLength => (Weight.Length + (Bias?.Length ?? 0)) * (long)sizeof(float);
}
