namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the ILGPU kernels with two threads a group; sampling, whose thousands of draws would wait at millions of barriers, in <see cref="Ilgpu.IlgpuSamplingTests"/>.</summary>
public static class IlgpuPairsDeviceTests
{
    public sealed class Linear(IlgpuPairsFixture fixture) : LinearTests<IlgpuPairsFixture>(fixture);

    public sealed class Norm(IlgpuPairsFixture fixture) : NormTests<IlgpuPairsFixture>(fixture);

    public sealed class VisionAttention(IlgpuPairsFixture fixture) : VisionAttentionTests<IlgpuPairsFixture>(fixture);

    public sealed class CausalAttention(IlgpuPairsFixture fixture) : CausalAttentionTests<IlgpuPairsFixture>(fixture);

    public sealed class Router(IlgpuPairsFixture fixture) : RouterTests<IlgpuPairsFixture>(fixture);

    public sealed class ExpertProjection(IlgpuPairsFixture fixture) : ExpertProjectionTests<IlgpuPairsFixture>(fixture);

    public sealed class Embed(IlgpuPairsFixture fixture) : EmbedTests<IlgpuPairsFixture>(fixture);

    public sealed class Pool(IlgpuPairsFixture fixture) : PoolTests<IlgpuPairsFixture>(fixture);

    public sealed class PatchEmbedding(IlgpuPairsFixture fixture) : PatchEmbeddingTests<IlgpuPairsFixture>(fixture);

    public sealed class Memory(IlgpuPairsFixture fixture) : MemoryTests<IlgpuPairsFixture>(fixture);

    public sealed class Steps(IlgpuPairsFixture fixture) : StepTests<IlgpuPairsFixture>(fixture);
}
