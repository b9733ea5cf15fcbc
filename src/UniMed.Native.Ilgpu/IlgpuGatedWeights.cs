namespace UniMed.Native.Ilgpu;

/// <summary>gate_proj and up_proj on the device, their rows taking turns.</summary>
internal sealed class IlgpuGatedWeights(IlgpuMatrix matrix) : GatedWeights
{
    public IlgpuMatrix Matrix => matrix;

    public override long ByteLength => matrix.Bytes;

    protected override void Dispose(bool disposing)
    {
        matrix.Dispose();
        base.Dispose(disposing);
    }
}
