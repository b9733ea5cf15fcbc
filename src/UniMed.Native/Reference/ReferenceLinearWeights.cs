namespace UniMed.Native.Reference;

/// <summary>A linear layer used in place.</summary>
internal sealed class ReferenceLinearWeights(HostTensor weight, float[]? bias) : LinearWeights
{
    public HostTensor Weight { get; } = weight;

    public float[]? Bias { get; } = bias;

    public override long ByteLength => Weight.ByteLength;
}
