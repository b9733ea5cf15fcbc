namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the reference device. A device is added by its fixture and a file like this one.</summary>
public static class ReferenceDeviceTests
{
    public sealed class Linear(ReferenceFixture fixture) : LinearTests<ReferenceFixture>(fixture);

    public sealed class Norm(ReferenceFixture fixture) : NormTests<ReferenceFixture>(fixture);

    public sealed class VisionAttention(ReferenceFixture fixture) : VisionAttentionTests<ReferenceFixture>(fixture);

    public sealed class CausalAttention(ReferenceFixture fixture) : CausalAttentionTests<ReferenceFixture>(fixture);

    public sealed class Router(ReferenceFixture fixture) : RouterTests<ReferenceFixture>(fixture);

    public sealed class ExpertProjection(ReferenceFixture fixture) : ExpertProjectionTests<ReferenceFixture>(fixture);

    public sealed class Embed(ReferenceFixture fixture) : EmbedTests<ReferenceFixture>(fixture);

    public sealed class Pool(ReferenceFixture fixture) : PoolTests<ReferenceFixture>(fixture);

    public sealed class PatchEmbedding(ReferenceFixture fixture) : PatchEmbeddingTests<ReferenceFixture>(fixture);

    public sealed class Sampling(ReferenceFixture fixture) : SamplingTests<ReferenceFixture>(fixture);

    public sealed class Memory(ReferenceFixture fixture) : MemoryTests<ReferenceFixture>(fixture);

    public sealed class Steps(ReferenceFixture fixture) : StepTests<ReferenceFixture>(fixture);
}
