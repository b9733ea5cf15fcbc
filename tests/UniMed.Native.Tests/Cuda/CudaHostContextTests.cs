using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Nvidia;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>A driver in a context that the host made, against a libcuda of the tests' own.</summary>
[Collection(nameof(FakeCuda))]
public sealed class CudaHostContextTests
{
    private const nint Stream = 0x5D;

    public CudaHostContextTests() => FakeCuda.Reset();

    [Fact]
    public void Calls_are_made_in_the_hosts_context_on_its_card_and_leave_the_thread_as_it_was()
    {
        using NvidiaDriver driver = Open(CudaHostContext.Of(FakeCuda.HostContext, Stream));

        driver.Allocate(1);

        Assert.Equal("cuda:1", driver.DeviceName);
        Assert.Equal(FakeCuda.HostContext, FakeCuda.Current);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void What_was_made_is_given_back_and_context_and_stream_stay()
    {
        NvidiaDriver driver = Open(CudaHostContext.Of(FakeCuda.HostContext, Stream));
        DevicePointer kept = driver.Allocate(1);
        FakeCuda.Calls.Clear();

        driver.Dispose();

        Assert.Equal(["synchronize 1000", "destroy 1000", $"free {kept.Address:x}"], FakeCuda.Calls);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void A_primary_context_is_retained_and_released_and_never_more()
    {
        FakeCuda.StreamContext = FakeCuda.Context;

        Open(CudaHostContext.Primary(1, Stream)).Dispose();

        Assert.Equal(["retain 51", "release 51"], FakeCuda.Calls.Where(call => call.Contains("51", StringComparison.Ordinal)));
        Assert.Contains("context of 5d", FakeCuda.Calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Default_streams_belong_to_every_context_and_are_not_asked_about(nint stream)
    {
        using NvidiaDriver driver = Open(CudaHostContext.Of(FakeCuda.HostContext, stream));

        Assert.DoesNotContain(FakeCuda.Calls, call => call.StartsWith("context of", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(CudaStatus.InvalidContext)]
    [InlineData(CudaStatus.ContextIsDestroyed)]
    public void A_context_that_is_none_is_refused_with_what_to_give(object status)
    {
        FakeCuda.Answers["cuCtxPushCurrent"] = (CudaStatus)status;

        string message = Assert.Throws<ArgumentException>(() => Open(CudaHostContext.Of(0xBAD))).Message;

        Assert.Contains("0xbad is no CUDA context, or one that was destroyed", message, StringComparison.Ordinal);
        Assert.Contains(nameof(CudaHostContext.Primary), message, StringComparison.Ordinal);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void A_context_of_no_card_of_the_driver_is_refused()
    {
        FakeCuda.DeviceCount = 1;

        string message = Assert.Throws<ArgumentException>(() => Open(CudaHostContext.Of(FakeCuda.HostContext))).Message;

        Assert.Contains("is on device 51, which is none of the 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_of_another_context_is_refused_with_both_and_nothing_stays_open()
    {
        FakeCuda.StreamContext = 0xEE;

        string message = Assert.Throws<ArgumentException>(() => Open(CudaHostContext.Of(FakeCuda.HostContext, Stream))).Message;

        Assert.Contains("Stream 0x5d belongs to context 0xee, and the model would work in context 0xcc", message, StringComparison.Ordinal);
        Assert.Contains("destroy 1000", FakeCuda.Calls);
        Assert.Equal(0, FakeCuda.ContextDepth);
    }

    [Fact]
    public void A_stream_that_is_none_is_refused()
    {
        FakeCuda.Answers["cuStreamGetCtx"] = CudaStatus.InvalidHandle;

        string message = Assert.Throws<ArgumentException>(() => Open(CudaHostContext.Of(FakeCuda.HostContext, Stream))).Message;

        Assert.Contains("0x5d is no CUDA stream, or one that was destroyed", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CudaStatus.InvalidContext)]
    [InlineData(CudaStatus.ContextIsDestroyed)]
    public void A_context_that_the_host_ended_too_early_loses_the_device_with_the_order_to_keep(object status)
    {
        using NvidiaDriver driver = Open(CudaHostContext.Of(FakeCuda.HostContext));
        FakeCuda.Answers["cuCtxPushCurrent"] = (CudaStatus)status;
        FakeCuda.Calls.Clear();

        CudaException first = Assert.Throws<CudaException>(() => driver.Allocate(1));
        CudaException later = Assert.Throws<CudaException>(() => driver.CreateStream());
        driver.Dispose();

        Assert.True(first.IsDeviceLost);
        Assert.Contains("context 0xcc of the host", first.Message, StringComparison.Ordinal);
        Assert.Contains("Dispose the model before the context", first.Message, StringComparison.Ordinal);
        Assert.Same(first, later.InnerException);
        Assert.Empty(FakeCuda.Calls);
    }

    [Fact]
    public void What_lies_beside_the_driver_is_disposed_after_the_context_without_an_error()
    {
        NvidiaDriver driver = Open(CudaHostContext.Of(FakeCuda.HostContext));
        CudaStream stream = driver.CreateStream();
        var staging = new PinnedStaging(driver, stream, bufferBytes: 64);
        var pool = new CudaMemoryPool(driver);
        CudaMemory memory = pool.Allocate(1000, stream);
        FakeCuda.Answers["cuCtxPushCurrent"] = CudaStatus.InvalidContext;
        FakeCuda.Calls.Clear();

        staging.Dispose();
        memory.Dispose();
        pool.Dispose();
        driver.Dispose();

        Assert.Empty(FakeCuda.Calls);
    }

    [Fact]
    public void Memory_is_found_by_any_address_in_it_with_its_card()
    {
        using NvidiaDriver driver = Open(CudaHostContext.Of(FakeCuda.HostContext));

        Assert.Equal(new CudaMemoryRange(new DevicePointer(0x10000), 0x10000, 1), driver.FindMemory(new DevicePointer(0x1ABCD)));
        Assert.Equal(new CudaMemoryRange(new DevicePointer(0x20000), 0x10000, null), driver.FindMemory(new DevicePointer(0x20001)));
        Assert.Null(driver.FindMemory(new DevicePointer(0x30000)));
    }

    [Fact]
    public void No_context_is_refused_before_any_driver_is_asked()
    {
        Assert.Contains("cuCtxCreate", Assert.Throws<ArgumentException>(() => CudaHostContext.Of(0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => CudaHostContext.Primary(-1));
        Assert.Throws<ArgumentNullException>(() => DeviceCatalog.CreateCuda(null!));
        Assert.Empty(FakeCuda.Calls);
    }

    [Fact]
    public void A_card_that_is_not_there_says_how_many_there_are()
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => DeviceCatalog.CreateCuda(CudaHostContext.Primary(4711)));

        Assert.Contains("Device 'cuda:4711' is not available: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("NVIDIA driver", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_reads_well_in_a_log()
    {
        Assert.Equal("context 0xcc, stream 0x5d", CudaHostContext.Of(FakeCuda.HostContext, Stream).ToString());
        Assert.Equal("primary context of card 1, default stream", CudaHostContext.Primary(1).ToString());
    }

    private static NvidiaDriver Open(CudaHostContext host)
    {
        NvidiaLibrary library = FakeCuda.TryOpen(out string reason) ?? throw new InvalidOperationException(reason);
        return NvidiaDriver.Over(library, host);
    }
}
