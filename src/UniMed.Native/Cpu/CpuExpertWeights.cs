namespace UniMed.Native.Cpu;

/// <summary>The experts' layers used in place; Second is empty for moe_linear.</summary>
internal sealed class CpuExpertWeights(CpuExpertLayer[] first, CpuExpertLayer[] second) : ExpertWeights
{
    public CpuExpertLayer[] First { get; } = first;

    public CpuExpertLayer[] Second { get; } = second;

    public int Experts => First.Length;

    public int InFeatures => First[0].Matrix.Columns;

    public int OutFeatures => (Second.Length > 0 ? Second : First)[0].Matrix.Rows;

    public override long ByteLength { get; } = first.Concat(second).Sum(layer => layer.ByteLength);
}
