namespace UniMed.Native.Reference;

/// <summary>A norm's scale and shift, widened.</summary>
internal sealed class ReferenceNormWeights(float[] weight, float[]? bias) : NormWeights
{
    public float[] Weight { get; } = weight;

    public float[]? Bias { get; } = bias;

    public override long ByteLength => (Weight.Length + (Bias?.Length ?? 0)) * (long)sizeof(float);
}
