namespace UniMed.Native.Reference;

/// <summary>The experts' layers used in place; Second is empty for moe_linear.</summary>
internal sealed class ReferenceExpertWeights((HostTensor Weight, float[] Bias)[] first, (HostTensor Weight, float[] Bias)[] second) : ExpertWeights
{
    public (HostTensor Weight, float[] Bias)[] First { get; } = first;

    public (HostTensor Weight, float[] Bias)[] Second { get; } = second;

    public int Experts => First.Length;

    public int InFeatures => First[0].Weight.Columns;

    public int OutFeatures => (Second.Length > 0 ? Second : First)[0].Weight.Rows;

    public override long ByteLength => First.Concat(Second).Sum(layer => layer.Weight.ByteLength);
}
