namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the ILGPU kernels, on ILGPU's CPU accelerator.</summary>
public static class IlgpuCpuDeviceTests
{
    public sealed class Linear(IlgpuCpuFixture fixture) : LinearTests<IlgpuCpuFixture>(fixture);

    public sealed class Norm(IlgpuCpuFixture fixture) : NormTests<IlgpuCpuFixture>(fixture);

    public sealed class VisionAttention(IlgpuCpuFixture fixture) : VisionAttentionTests<IlgpuCpuFixture>(fixture);

    public sealed class CausalAttention(IlgpuCpuFixture fixture) : CausalAttentionTests<IlgpuCpuFixture>(fixture);

    public sealed class Router(IlgpuCpuFixture fixture) : RouterTests<IlgpuCpuFixture>(fixture);

    public sealed class ExpertProjection(IlgpuCpuFixture fixture) : ExpertProjectionTests<IlgpuCpuFixture>(fixture);

    public sealed class Embed(IlgpuCpuFixture fixture) : EmbedTests<IlgpuCpuFixture>(fixture);

    public sealed class Pool(IlgpuCpuFixture fixture) : PoolTests<IlgpuCpuFixture>(fixture);

    public sealed class PatchEmbedding(IlgpuCpuFixture fixture) : PatchEmbeddingTests<IlgpuCpuFixture>(fixture);

    public sealed class Sampling(IlgpuCpuFixture fixture) : SamplingTests<IlgpuCpuFixture>(fixture);

    public sealed class Memory(IlgpuCpuFixture fixture) : MemoryTests<IlgpuCpuFixture>(fixture);

    public sealed class Steps(IlgpuCpuFixture fixture) : StepTests<IlgpuCpuFixture>(fixture);
}
