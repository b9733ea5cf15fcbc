using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>Who waits for whom when memory of the host is read, as the driver is told.</summary>
[Collection(nameof(FakeCuda))]
public sealed class HostReadingTests
{
    private static readonly CudaStream Host = new(0x5D);

    public HostReadingTests() => FakeCuda.Reset();

    [Fact]
    public void The_own_stream_waits_for_the_hosts_and_the_caller_for_the_own()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        CudaStream own = driver.CreateStream();
        FakeCuda.Calls.Clear();

        using (var reading = new HostReading(driver, own, Host))
        {
            driver.Fill(new DevicePointer(0xA), 1, 2, own);
            reading.End();
        }

        string place = FakeCuda.Calls[1].Split(' ')[1];
        Assert.Equal(
            [
                "create", $"record {place} 5d", $"wait {own.Handle:x} {place} 0", $"D8Async a 1 2 {own.Handle:x}", $"record {place} {own.Handle:x}", $"synchronize event {place}", $"destroy {place}",
            ],
            FakeCuda.Calls);
    }

    [Fact]
    public void What_was_asked_for_before_an_error_is_waited_for_too()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        CudaStream own = driver.CreateStream();
        FakeCuda.Calls.Clear();

        new HostReading(driver, own, Host).Dispose();

        Assert.Contains(FakeCuda.Calls, call => call.StartsWith("synchronize event", StringComparison.Ordinal));
        Assert.StartsWith("destroy", FakeCuda.Calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_reading_that_cannot_begin_leaves_no_event()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        CudaStream own = driver.CreateStream();
        FakeCuda.Answers["cuEventRecord"] = CudaStatus.StreamCaptureImplicit;
        FakeCuda.Calls.Clear();

        string message = Assert.Throws<CudaException>(() => new HostReading(driver, own, Host)).Message;

        Assert.Contains("CUDA_ERROR_STREAM_CAPTURE_IMPLICIT (906)", message, StringComparison.Ordinal);
        Assert.StartsWith("destroy", FakeCuda.Calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_that_is_lost_meanwhile_tells_the_first_error()
    {
        using NvidiaDriver driver = FakeCuda.Open();
        CudaStream own = driver.CreateStream();
        FakeCuda.Answers["cuMemsetD8Async"] = CudaStatus.IllegalAddress;

        CudaException error = Assert.Throws<CudaException>(() =>
        {
            using var reading = new HostReading(driver, own, Host);
            driver.Fill(new DevicePointer(0xA), 1, 2, own);
        });

        Assert.Contains("cuMemsetD8Async", error.Message, StringComparison.Ordinal);
        Assert.Null(error.InnerException);
    }
}
