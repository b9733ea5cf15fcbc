namespace UniMed.Native.Tests.Devices;

/// <summary>Weights that no device loaded.</summary>
public sealed class ForeignWeights : LinearWeights
{
    public override long ByteLength => 0;
}
