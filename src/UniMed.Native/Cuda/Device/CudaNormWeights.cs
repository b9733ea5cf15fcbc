namespace UniMed.Native.Cuda;

/// <summary>A norm on the card.</summary>
internal sealed class CudaNormWeights(CudaMemory weight, CudaMemory? bias, int columns) : NormWeights
{
    public CudaMemory Weight => weight;

    public CudaMemory? Bias => bias;

    public int Columns => columns;

    public override long ByteLength => weight.Bytes + (bias?.Bytes ?? 0);

    protected override void Dispose(bool disposing)
    {
        weight.Dispose();
        bias?.Dispose();
        base.Dispose(disposing);
    }
}
