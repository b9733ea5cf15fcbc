namespace UniMed.Native.Tests.Devices;

/// <summary>The shared suite on the CUDA kernels, emulated on the CPU.</summary>
public static class EmulatedCudaDeviceTests
{
    public sealed class Linear(EmulatedCudaFixture fixture) : LinearTests<EmulatedCudaFixture>(fixture);

    public sealed class Norm(EmulatedCudaFixture fixture) : NormTests<EmulatedCudaFixture>(fixture);

    public sealed class VisionAttention(EmulatedCudaFixture fixture) : VisionAttentionTests<EmulatedCudaFixture>(fixture);

    public sealed class CausalAttention(EmulatedCudaFixture fixture) : CausalAttentionTests<EmulatedCudaFixture>(fixture);

    public sealed class Router(EmulatedCudaFixture fixture) : RouterTests<EmulatedCudaFixture>(fixture);

    public sealed class ExpertProjection(EmulatedCudaFixture fixture) : ExpertProjectionTests<EmulatedCudaFixture>(fixture);

    public sealed class Embed(EmulatedCudaFixture fixture) : EmbedTests<EmulatedCudaFixture>(fixture);

    public sealed class Pool(EmulatedCudaFixture fixture) : PoolTests<EmulatedCudaFixture>(fixture);

    public sealed class PatchEmbedding(EmulatedCudaFixture fixture) : PatchEmbeddingTests<EmulatedCudaFixture>(fixture);

    public sealed class Sampling(EmulatedCudaFixture fixture) : SamplingTests<EmulatedCudaFixture>(fixture);

    public sealed class Memory(EmulatedCudaFixture fixture) : MemoryTests<EmulatedCudaFixture>(fixture);

    public sealed class Steps(EmulatedCudaFixture fixture) : StepTests<EmulatedCudaFixture>(fixture);
}
