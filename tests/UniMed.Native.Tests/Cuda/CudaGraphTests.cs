using System.Runtime.InteropServices;
using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class CudaGraphTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open();
    private readonly CudaModule _module;
    private readonly CudaStream _stream;

    public CudaGraphTests()
    {
        _module = CudaModule.Load(_driver);
        _stream = _driver.CreateStream();
    }

    public void Dispose()
    {
        _module.Dispose();
        _driver.Dispose();
    }

    [Fact]
    public void A_graph_runs_the_captured_launches_on_what_memory_holds_then()
    {
        DevicePointer x = _driver.Upload([1, 2, 3, 4]);
        DevicePointer weight = _driver.Upload([1, 1, 1, 1]);
        DevicePointer y = _driver.Allocate(16);
        DevicePointer z = _driver.Allocate(16);
        _driver.Fill(z, 0, 16);

        _driver.BeginCapture(_stream);
        HostLibrary.RmsNorm(_module, _stream, x, weight, y, rows: 1, columns: 4);
        _driver.CopyOnDevice(z, y, 16, _stream);
        CudaGraph graph = _driver.EndCapture(_stream);
        CudaExecutableGraph executable = _driver.Instantiate(graph);
        _driver.DestroyGraph(graph);
        _driver.Synchronize(_stream);
        Assert.Equal([0f, 0, 0, 0], _driver.Download(z, 4));

        foreach (float[] values in new float[][] { [1, 2, 3, 4], [4, -3, 2, 1] })
        {
            _driver.CopyToDevice(x, MemoryMarshal.AsBytes<float>(values));
            _driver.Launch(executable, _stream);
            _driver.Synchronize(_stream);
            HostLibrary.AssertClose(HostLibrary.ExpectedRmsNorm(values, 4), _driver.Download(z, 4));
        }

        _driver.DestroyGraph(executable);
        Assert.Equal(0, _driver.Open.Graphs);
    }

    [Fact]
    public void Arguments_are_copied_at_the_capture()
    {
        DevicePointer x = _driver.Upload([1, 2, 3, 4]);
        DevicePointer weight = _driver.Upload([1, 1, 1, 1]);
        DevicePointer y = _driver.Allocate(16);
        DevicePointer other = _driver.Allocate(16);
        _driver.Fill(other, 0, 16);
        CudaKernel kernel = _module.Kernel("rms_norm");
        var arguments = new ulong[] { x.Address, weight.Address, y.Address, 4, BitConverter.SingleToUInt32Bits(1e-5f) };

        _driver.BeginCapture(_stream);
        kernel.Launch(new CudaLaunchShape(1, 256), _stream, MemoryMarshal.AsBytes<ulong>(arguments), [0, 8, 16, 24, 32]);
        CudaExecutableGraph executable = _driver.Instantiate(_driver.EndCapture(_stream));
        arguments[2] = other.Address;
        _driver.Launch(executable, _stream);
        _driver.Synchronize(_stream);

        Assert.Equal([0f, 0, 0, 0], _driver.Download(other, 4));
        HostLibrary.AssertClose(HostLibrary.ExpectedRmsNorm([1, 2, 3, 4], 4), _driver.Download(y, 4));
    }

    [Fact]
    public void Launches_of_one_graph_run_in_order_with_other_work()
    {
        DevicePointer memory = _driver.Upload([1, 2]);
        DevicePointer copy = _driver.Upload([0, 0]);
        _driver.BeginCapture(_stream);
        _driver.CopyOnDevice(copy, memory, 8, _stream);
        CudaExecutableGraph executable = _driver.Instantiate(_driver.EndCapture(_stream));

        _driver.Launch(executable, _stream);
        _driver.CopyOnDevice(memory + 4, copy, 4, _stream);
        _driver.Launch(executable, _stream);
        _driver.Synchronize(_stream);

        Assert.Equal([1f, 1], _driver.Download(copy, 2));
    }

    [Fact]
    public void What_a_capture_does_not_allow_breaks_it()
    {
        DevicePointer memory = _driver.Allocate(16);
        CudaEvent captured = _driver.CreateEvent(timed: false);
        Action[] forbidden =
        [
            () => _driver.Synchronize(_stream), () => _driver.Synchronize(), () => _driver.Allocate(16), () => _driver.Free(memory),
            () => _driver.CopyToDevice(memory, [1]), () => _driver.CopyToHost(new byte[1], memory), () => _driver.Fill(memory, 0, 1),
            () => { _driver.Record(captured, _stream); _driver.Synchronize(captured); },
        ];
        foreach (Action call in forbidden)
        {
            _driver.BeginCapture(_stream);
            Assert.True(_driver.IsCapturing(_stream));
            CudaException error = Assert.Throws<CudaException>(call);
            CudaException end = Assert.Throws<CudaException>(() => _driver.EndCapture(_stream));
            Assert.InRange(error.ErrorCode, 900, 907);
            Assert.Equal("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", end.ErrorName);
            Assert.False(_driver.IsCapturing(_stream));
        }

        _driver.CopyToDevice(memory, [1]);
        Assert.Null(_driver.Fault);
    }

    [Fact]
    public void Other_threads_may_do_all_of_it_during_a_capture()
    {
        _driver.BeginCapture(_stream);
        var thread = new Thread(() => _driver.Free(_driver.Allocate(16)));
        thread.Start();
        thread.Join();

        _driver.DestroyGraph(_driver.EndCapture(_stream));
        Assert.Equal(0, _driver.Open.DeviceAllocations);
    }

    [Fact]
    public void Work_outside_of_a_capture_cannot_be_tied_to_it()
    {
        CudaStream other = _driver.CreateStream();
        CudaEvent what = _driver.CreateEvent(timed: false);
        _driver.Record(what, other);
        _driver.BeginCapture(_stream);

        Assert.Equal("CUDA_ERROR_STREAM_CAPTURE_ISOLATION", Assert.Throws<CudaException>(() => _driver.Wait(_stream, what)).ErrorName);
        Assert.Throws<CudaException>(() => _driver.EndCapture(_stream));
    }

    [Fact]
    public void A_capture_ends_once_and_begins_once()
    {
        Assert.Equal("CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", Assert.Throws<CudaException>(() => _driver.EndCapture(_stream)).ErrorName);
        _driver.BeginCapture(_stream);
        Assert.Throws<CudaException>(() => _driver.BeginCapture(_stream));
        _driver.EndCapture(_stream);
    }
}
