using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class EmulatedDriverTests : IDisposable
{
    private static readonly byte[] Bytes = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly EmulatedDriver _driver = HostLibrary.Open();

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void Bytes_come_back_from_the_device_as_they_went()
    {
        DevicePointer first = _driver.Allocate(8);
        DevicePointer second = _driver.Allocate(8);
        var back = new byte[8];

        _driver.CopyToDevice(first, Bytes);
        _driver.CopyOnDevice(second, first, 8);
        _driver.Fill(second + 6, 9, 2);
        _driver.CopyToHost(back, second);

        Assert.Equal([1, 2, 3, 4, 5, 6, 9, 9], back);
        Assert.Equal(0ul, first.Address % 256);
    }

    [Fact]
    public void Asynchronous_work_is_done_at_the_wait_and_not_before()
    {
        PinnedMemory pinned = _driver.AllocateHost(8);
        DevicePointer memory = _driver.Allocate(8);
        CudaStream stream = _driver.CreateStream();
        var early = new byte[8];
        var late = new byte[8];
        Bytes.CopyTo(pinned.Span);

        _driver.CopyToDevice(memory, pinned, stream);
        _driver.CopyToHost(early, memory);
        _driver.Synchronize(stream);
        _driver.CopyToHost(late, memory);

        Assert.NotEqual(Bytes, early);
        Assert.Equal(Bytes, late);
    }

    [Fact]
    public void A_buffer_that_is_overwritten_too_early_travels_overwritten()
    {
        PinnedMemory pinned = _driver.AllocateHost(8);
        DevicePointer memory = _driver.Allocate(8);
        CudaStream stream = _driver.CreateStream();
        Bytes.CopyTo(pinned.Span);

        _driver.CopyToDevice(memory, pinned, stream);
        pinned.Span[0] = 77;
        _driver.CopyToHost(pinned.Slice(4, 4), memory, stream);
        _driver.Synchronize(stream);

        Assert.Equal([77, 2, 3, 4, 77, 2, 3, 4], pinned.Span.ToArray());
    }

    [Fact]
    public void A_kernel_runs_with_the_arguments_it_was_given()
    {
        using CudaModule module = CudaModule.Load(_driver);
        CudaStream stream = _driver.CreateStream();
        float[] values = [.. Enumerable.Range(1, 12).Select(i => i * 0.5f)];
        DevicePointer x = _driver.Upload(values);
        DevicePointer weight = _driver.Upload([1, 1, 1, 1]);
        DevicePointer y = _driver.Allocate(12 * sizeof(float));

        HostLibrary.RmsNorm(module, stream, x, weight, y, rows: 3, columns: 4);
        _driver.Synchronize(stream);

        HostLibrary.AssertClose(HostLibrary.ExpectedRmsNorm(values, 4), _driver.Download(y, 12));
    }

    [Fact]
    public void A_full_stream_runs_without_being_waited_for()
    {
        CudaStream stream = _driver.CreateStream();
        DevicePointer memory = _driver.Allocate(1);
        var value = new byte[1];

        for (int i = 0; i < EmulatedDriver.MaxPending; i++)
            _driver.Fill(memory, (byte)(i / 8), 1, stream);
        _driver.CopyToHost(value, memory);

        Assert.Equal((EmulatedDriver.MaxPending - 1) / 8, value[0]);
    }

    [Fact]
    public void A_stream_that_waits_for_an_event_sees_what_came_before_it()
    {
        CudaStream first = _driver.CreateStream();
        CudaStream second = _driver.CreateStream();
        CudaEvent ready = _driver.CreateEvent(timed: false);
        DevicePointer memory = _driver.Allocate(4);
        PinnedMemory result = _driver.AllocateHost(4);

        _driver.Fill(memory, 1, 4, first);
        _driver.Record(ready, first);
        _driver.Wait(second, ready);
        _driver.CopyToHost(result, memory, second);
        _driver.Fill(memory, 2, 4, first);
        _driver.Record(ready, first);
        _driver.Synchronize(second);

        Assert.Equal([1, 1, 1, 1], result.Span.ToArray());
        Assert.False(_driver.IsDone(ready));
        Assert.True(_driver.IsDone(ready));
    }

    [Fact]
    public void Two_streams_that_wait_for_each_other_in_turn_come_to_an_end()
    {
        CudaStream[] streams = [_driver.CreateStream(), _driver.CreateStream()];
        CudaEvent[] passed = [_driver.CreateEvent(timed: false), _driver.CreateEvent(timed: false)];
        DevicePointer memory = _driver.Allocate(1);
        var value = new byte[1];

        for (int i = 0; i < 100; i++)
        {
            _driver.Wait(streams[i % 2], passed[1 - (i % 2)]);
            _driver.Fill(memory, (byte)i, 1, streams[i % 2]);
            _driver.Record(passed[i % 2], streams[i % 2]);
        }

        _driver.Synchronize(streams[1]);
        _driver.CopyToHost(value, memory);
        Assert.Equal(99, value[0]);
    }

    [Fact]
    public void Time_passes_between_events_that_have_happened()
    {
        CudaStream stream = _driver.CreateStream();
        CudaEvent start = _driver.CreateEvent(timed: true);
        CudaEvent end = _driver.CreateEvent(timed: true);

        _driver.Record(start, stream);
        _driver.Record(end, stream);
        Assert.Equal("CUDA_ERROR_NOT_READY", Assert.Throws<CudaException>(() => _driver.GetElapsedMilliseconds(start, end)).ErrorName);
        _driver.Synchronize(end);

        Assert.True(_driver.GetElapsedMilliseconds(start, end) >= 0);
        Assert.Throws<CudaException>(() => _driver.GetElapsedMilliseconds(start, _driver.CreateEvent(timed: false)));
    }

    [Fact]
    public void Kernels_say_how_much_shared_memory_they_were_prepared_for()
    {
        using CudaModule module = CudaModule.Load(_driver);
        CudaStream stream = _driver.CreateStream();
        Assert.True(_driver.TryGetFunction(_driver.LoadModule([], ""), "rms_norm", out CudaFunction function));

        CudaException tooMuch = Assert.Throws<CudaException>(() => _driver.Launch(function, new CudaLaunchShape(1, 32, SharedBytes: 50000), stream, [], []));
        _driver.SetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 50000);

        Assert.Contains("rms_norm", tooMuch.Message, StringComparison.Ordinal);
        Assert.Equal(50000, _driver.GetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes));
        Assert.Throws<CudaException>(() => _driver.SetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 1 << 20));
    }

    [Fact]
    public void Dispose_gives_back_what_was_not_given_back()
    {
        EmulatedDriver driver = HostLibrary.Open();
        DevicePointer memory = driver.Allocate(1 << 20);
        driver.AllocateHost(100);
        driver.CreateStream();
        driver.CreateEvent(timed: true);
        Assert.Equal(new EmulatedObjects(1, 1, 1, 1, 0), driver.Open);

        driver.Dispose();
        driver.Dispose();

        Assert.Equal(default, driver.Open);
        Assert.Throws<ObjectDisposedException>(() => driver.Allocate(1));
        // The library does not know the memory any more.
        Assert.Throws<CudaException>(() => _driver.CopyToDevice(memory, MemoryMarshal.AsBytes<int>([1])));
    }
}
