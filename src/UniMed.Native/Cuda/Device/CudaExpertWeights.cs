namespace UniMed.Native.Cuda;

/// <summary>The experts on the card, their matrices one after the other.</summary>
internal sealed class CudaExpertWeights(CudaMatrix first, CudaMemory firstBias, CudaMatrix? second, CudaMemory? secondBias, int experts, int hidden, int outFeatures) : ExpertWeights
{
    public CudaMatrix First => first;

    public CudaMemory FirstBias => firstBias;

    public CudaMatrix? Second => second;

    public CudaMemory? SecondBias => secondBias;

    public int Experts => experts;

    public int Hidden => hidden;

    public int OutFeatures => outFeatures;

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
