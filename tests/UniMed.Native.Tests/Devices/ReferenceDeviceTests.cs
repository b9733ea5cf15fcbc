namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the reference device. A device is added by its fixture and a file like this one.</summary>
public static class ReferenceDeviceTests
{
    public sealed class Linear(ReferenceFixture fixture) : LinearTests<ReferenceFixture>(fixture);

    public sealed class Norm(ReferenceFixture fixture) : NormTests<ReferenceFixture>(fixture);

    public sealed class VisionAttention(ReferenceFixture fixture) : VisionAttentionTests<ReferenceFixture>(fixture);

    public sealed class CausalAttention(ReferenceFixture fixture) : CausalAttentionTests<ReferenceFixture>(fixture);
}
