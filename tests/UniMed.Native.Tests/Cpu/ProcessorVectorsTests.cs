using System.Runtime.Intrinsics.X86;
using UniMed.Native.Cpu;
using Xunit;

namespace UniMed.Native.Tests.Cpu;

public class ProcessorVectorsTests
{
    [Fact]
    public void The_processor_has_at_least_what_its_kernels_use()
    {
        Assert.SkipUnless(X86Base.IsSupported, "The processor is not asked by way of x86 instructions.");
        Assert.True(ProcessorVectors.Bits >= Kernels.Best.VectorBits, $"{ProcessorVectors.Bits} bits, {Kernels.Best.VectorBits} in use");
    }

    [Fact]
    public void Where_code_is_compiled_at_run_time_narrow_vectors_are_somebodys_wish() => Assert.Empty(ProcessorVectors.Unused(128));
}
