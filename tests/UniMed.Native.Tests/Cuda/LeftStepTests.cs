using System.Runtime.CompilerServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using UniMed.Native.Gpu;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Steps that nobody disposed: their graphs and memory come back, on a thread that can hear of an error.</summary>
public sealed class LeftStepTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open();
    private readonly CudaDevice _device;

    public LeftStepTests() => _device = new CudaDevice(_driver);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void The_next_step_gives_back_what_a_left_one_held()
    {
        long before = _device.AllocatedBytes;
        Leave(_device);
        Collect();
        Assert.Equal(1, _driver.Open.Graphs);

        _device.CreateStep().Dispose();

        Assert.Equal(0, _driver.Open.Graphs);
        Assert.Equal(before, _device.AllocatedBytes);
    }

    [Fact]
    public void The_next_memory_gives_back_what_a_left_step_held()
    {
        Leave(_device);
        Collect();

        _device.Allocate(1).Dispose();

        Assert.Equal(0, _driver.Open.Graphs);
    }

    [Fact]
    public void A_kernels_error_that_nobody_has_seen_ends_the_next_call_and_not_the_process()
    {
        Leave(_device);
        Break();
        Collect();

        // The work that fails is found when the graph is given back; whoever asks for a result is told.
        using DeviceBuffer buffer = _device.Allocate(4);
        CudaException error = Assert.Throws<CudaException>(() => _device.Download(buffer.AsTensor(1, 4), new float[4]));

        Assert.Contains("rms_norm", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsDeviceLost);
    }

    [Fact]
    public void Disposing_a_step_does_not_throw_for_the_work_of_others()
    {
        DeviceStep step = Play(_device);
        Break();

        step.Dispose();

        Assert.NotNull(_driver.Fault);
    }

    // Starts rms_norm on memory that is gone: an error of the work, not of a call.
    private void Break()
    {
        using DeviceBuffer buffer = _device.Allocate(4);
        NormWeights weight = _device.LoadNorm(HostTensor.FromArray([1, 1, 1, 1], 1, 4), null);
        _driver.Free(((GpuBuffer<CudaMemory>)buffer).Memory.Pointer);
        _device.RmsNorm(weight, buffer.AsTensor(1, 4), 1e-5f, buffer.AsTensor(1, 4));
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave(CudaDevice device) => Play(device);

    // The second time it is a graph.
    private static DeviceStep Play(CudaDevice device)
    {
        DeviceStep step = device.CreateStep();
        using DeviceBuffer buffer = device.Allocate(2);
        for (int i = 0; i < 2; i++)
            step.Run((device, buffer), static at => at.device.Copy(at.buffer.AsTensor(1, 1), new Tensor(at.buffer, 1, 1, 1)));
        return step;
    }
}
