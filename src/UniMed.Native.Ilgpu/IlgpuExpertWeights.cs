namespace UniMed.Native.Ilgpu;

/// <summary>The experts on the device, their matrices one after the other.</summary>
internal sealed class IlgpuExpertWeights(IlgpuMatrix first, IlgpuMemory firstBias, IlgpuMatrix? second, IlgpuMemory? secondBias, int experts) : ExpertWeights
{
    public IlgpuMatrix First => first;

    public IlgpuMemory FirstBias => firstBias;

    /// <summary>None for experts of one layer.</summary>
    public IlgpuMatrix? Second => second;

    public IlgpuMemory? SecondBias => secondBias;

    public int Experts => experts;

    public int OutFeatures => (second ?? first).Rows;

    public override long ByteLength => first.Bytes + (second?.Bytes ?? 0);

    protected override void Dispose(bool disposing)
    {
        first.Dispose();
        firstBias.Dispose();
        second?.Dispose();
        secondBias?.Dispose();
        base.Dispose(disposing);
    }
}
