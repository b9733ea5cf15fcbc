namespace UniMed.Native.Reference;

/// <summary>gate_proj and up_proj used in place.</summary>
internal sealed class ReferenceGatedWeights(HostTensor gate, HostTensor up) : GatedWeights
{
    public HostTensor Gate { get; } = gate;

    public HostTensor Up { get; } = up;

    public override long ByteLength => Gate.ByteLength + Up.ByteLength;
}
