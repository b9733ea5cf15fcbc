using Xunit;

namespace UniMed.Native.Tests.Ilgpu;

/// <summary>Compiling ahead of the first question.</summary>
public sealed class IlgpuCompilationTests
{
    [Fact]
    public async Task All_kernels_are_compiled_when_asked_for_and_again_at_no_cost()
    {
        using Device device = DeviceCatalog.Create("ilgpu:cpu");
        IKernelCompiler compiler = Assert.IsAssignableFrom<IKernelCompiler>(device);

        await compiler.CompileAsync(TestContext.Current.CancellationToken);
        await compiler.CompileAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Compiling_can_be_stopped()
    {
        using Device device = DeviceCatalog.Create("ilgpu:cpu");
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ((IKernelCompiler)device).CompileAsync(stopped.Token));
    }
}
