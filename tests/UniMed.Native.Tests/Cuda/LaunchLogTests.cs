using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>What becomes of a capture when a call of the driver fails in it.</summary>
[Collection(nameof(FakeCuda))]
public sealed class LaunchLogTests : IDisposable
{
    private static readonly CudaStream Stream = new(0xD);

    private readonly NvidiaDriver _driver;
    private readonly CudaModule _module;
    private readonly LaunchLog _log = new();

    public LaunchLogTests()
    {
        FakeCuda.Reset();
        _driver = FakeCuda.Open();
        _module = CudaModule.Load(_driver, [7], "test");
        var launch = new CudaLaunch(_module.Kernel("rms_norm"), new CudaLaunchShape(1, 32));
        launch.Add(default(DevicePointer));
        launch.Add(1);
        launch.Add(1f);
        launch.Record(_log);
        FakeCuda.Calls.Clear();
    }

    public void Dispose()
    {
        _module.Dispose();
        _driver.Dispose();
    }

    [Fact]
    public void A_capture_becomes_an_executable_graph_and_leaves_nothing_else()
    {
        Assert.Equal(new CudaExecutableGraph(0x78), _log.Capture(_driver, Stream));

        Assert.Equal(["begin d 1", $"launch {FakeCuda.Function} True", "end d", "instantiate 77 0", "destroy graph 77"], FakeCuda.Calls);
    }

    [Fact]
    public void A_launch_that_is_refused_ends_the_capture_and_its_graph()
    {
        FakeCuda.Answers["cuLaunchKernelEx"] = CudaStatus.InvalidValue;

        Assert.Contains("cuLaunchKernelEx of rms_norm", Assert.Throws<CudaException>(() => _log.Capture(_driver, Stream)).Message, StringComparison.Ordinal);

        Assert.Equal(["end d", "destroy graph 77"], FakeCuda.Calls[^2..]);
    }

    [Fact]
    public void What_the_end_of_a_broken_capture_says_does_not_hide_what_broke_it()
    {
        FakeCuda.Answers["cuLaunchKernelEx"] = CudaStatus.InvalidValue;
        FakeCuda.Answers["cuStreamEndCapture"] = CudaStatus.StreamCaptureInvalidated;
        Assert.Contains("cuLaunchKernelEx of rms_norm", Assert.Throws<CudaException>(() => _log.Capture(_driver, Stream)).Operation, StringComparison.Ordinal);

        FakeCuda.Answers["cuLaunchKernelEx"] = CudaStatus.IllegalAddress;
        CudaException lost = Assert.Throws<CudaException>(() => _log.Capture(_driver, Stream));
        Assert.Contains("cuLaunchKernelEx of rms_norm", lost.Operation, StringComparison.Ordinal);
        Assert.Same(lost, _driver.Fault);
    }

    [Fact]
    public void A_graph_that_does_not_become_executable_is_given_back()
    {
        FakeCuda.Answers["cuGraphInstantiate"] = CudaStatus.InvalidValue;
        FakeCuda.Answers["cuGraphDestroy"] = CudaStatus.InvalidHandle;

        Assert.Contains("cuGraphInstantiate", Assert.Throws<CudaException>(() => _log.Capture(_driver, Stream)).Operation, StringComparison.Ordinal);

        Assert.Equal("destroy graph 77", FakeCuda.Calls[^1]);
    }

    [Fact]
    public void An_executable_graph_is_given_back_when_the_captured_one_cannot_be()
    {
        FakeCuda.Answers["cuGraphDestroy"] = CudaStatus.InvalidHandle;

        Assert.Contains("cuGraphDestroy", Assert.Throws<CudaException>(() => _log.Capture(_driver, Stream)).Operation, StringComparison.Ordinal);

        Assert.Equal("destroy executable 78", FakeCuda.Calls[^1]);
    }
}
