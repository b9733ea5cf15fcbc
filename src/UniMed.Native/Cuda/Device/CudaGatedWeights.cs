namespace UniMed.Native.Cuda;

/// <summary>gate_proj and up_proj on the card, tiles shared.</summary>
internal sealed class CudaGatedWeights(CudaMatrix matrix) : GatedWeights
{
    public CudaMatrix Matrix => matrix;

    public override long ByteLength => matrix.Bytes;

    protected override void Dispose(bool disposing)
    {
        matrix.Dispose();
        base.Dispose(disposing);
    }
}
