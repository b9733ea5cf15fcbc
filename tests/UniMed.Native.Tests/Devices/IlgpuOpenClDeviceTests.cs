namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the ILGPU kernels as a GPU runs them, through OpenCL, on whatever OpenCL device is there.</summary>
public static class IlgpuOpenClDeviceTests
{
    public sealed class Linear(IlgpuOpenClFixture fixture) : LinearTests<IlgpuOpenClFixture>(fixture);

    public sealed class Norm(IlgpuOpenClFixture fixture) : NormTests<IlgpuOpenClFixture>(fixture);

    public sealed class VisionAttention(IlgpuOpenClFixture fixture) : VisionAttentionTests<IlgpuOpenClFixture>(fixture);

    public sealed class CausalAttention(IlgpuOpenClFixture fixture) : CausalAttentionTests<IlgpuOpenClFixture>(fixture);

    public sealed class Router(IlgpuOpenClFixture fixture) : RouterTests<IlgpuOpenClFixture>(fixture);

    public sealed class ExpertProjection(IlgpuOpenClFixture fixture) : ExpertProjectionTests<IlgpuOpenClFixture>(fixture);

    public sealed class Embed(IlgpuOpenClFixture fixture) : EmbedTests<IlgpuOpenClFixture>(fixture);

    public sealed class Pool(IlgpuOpenClFixture fixture) : PoolTests<IlgpuOpenClFixture>(fixture);

    public sealed class PatchEmbedding(IlgpuOpenClFixture fixture) : PatchEmbeddingTests<IlgpuOpenClFixture>(fixture);

    public sealed class Sampling(IlgpuOpenClFixture fixture) : SamplingTests<IlgpuOpenClFixture>(fixture);

    public sealed class Memory(IlgpuOpenClFixture fixture) : MemoryTests<IlgpuOpenClFixture>(fixture);

    public sealed class Steps(IlgpuOpenClFixture fixture) : StepTests<IlgpuOpenClFixture>(fixture);
}
