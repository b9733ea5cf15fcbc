namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the SIMD device; tests/run repeats it with each instruction set forced.</summary>
public static class CpuDeviceTests
{
    public sealed class Linear(CpuFixture fixture) : LinearTests<CpuFixture>(fixture);

    public sealed class Norm(CpuFixture fixture) : NormTests<CpuFixture>(fixture);

    public sealed class VisionAttention(CpuFixture fixture) : VisionAttentionTests<CpuFixture>(fixture);

    public sealed class CausalAttention(CpuFixture fixture) : CausalAttentionTests<CpuFixture>(fixture);

    public sealed class Router(CpuFixture fixture) : RouterTests<CpuFixture>(fixture);

    public sealed class ExpertProjection(CpuFixture fixture) : ExpertProjectionTests<CpuFixture>(fixture);

    public sealed class Embed(CpuFixture fixture) : EmbedTests<CpuFixture>(fixture);

    public sealed class Pool(CpuFixture fixture) : PoolTests<CpuFixture>(fixture);

    public sealed class PatchEmbedding(CpuFixture fixture) : PatchEmbeddingTests<CpuFixture>(fixture);

    public sealed class Sampling(CpuFixture fixture) : SamplingTests<CpuFixture>(fixture);

    public sealed class Memory(CpuFixture fixture) : MemoryTests<CpuFixture>(fixture);

    public sealed class Steps(CpuFixture fixture) : StepTests<CpuFixture>(fixture);
}
