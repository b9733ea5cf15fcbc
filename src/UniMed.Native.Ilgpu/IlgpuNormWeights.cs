namespace UniMed.Native.Ilgpu;

/// <summary>A norm on the device.</summary>
internal sealed class IlgpuNormWeights(IlgpuMemory weight, IlgpuMemory? bias, int columns) : NormWeights
{
    public IlgpuMemory Weight => weight;

    public IlgpuMemory? Bias => bias;

    public int Columns => columns;

    public override long ByteLength => weight.Bytes + (bias?.Bytes ?? 0);

    protected override void Dispose(bool disposing)
    {
        weight.Dispose();
        bias?.Dispose();
        base.Dispose(disposing);
    }
}
