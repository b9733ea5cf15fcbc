using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class EmulatedErrorTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open(memoryBytes: 1 << 20);

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void An_access_out_of_bounds_names_kernel_block_and_thread()
    {
        CudaException error = ReadOutOfBounds();

        Assert.Equal("CUDA_ERROR_ILLEGAL_ADDRESS", error.ErrorName);
        Assert.Equal(700, error.ErrorCode);
        Assert.True(error.IsDeviceLost);
        Assert.Contains("rms_norm", error.ErrorText, StringComparison.Ordinal);
        Assert.Contains("block (2, 0, 0)", error.ErrorText, StringComparison.Ordinal);
        Assert.Contains("thread 0", error.ErrorText, StringComparison.Ordinal);
        Assert.Contains("cuLaunchKernelEx of rms_norm (grid 4 x 1 x 1, 256 threads", error.Operation, StringComparison.Ordinal);
        Assert.Contains(EmulatedDriver.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_device_answers_every_call_with_the_first_cause()
    {
        CudaException first = ReadOutOfBounds();
        Action[] calls =
        [
            () => _driver.Allocate(1), () => _driver.CreateStream(), () => _driver.Synchronize(), () => _driver.GetMemoryInfo(), () => _driver.AllocateHost(1),
            () => _driver.CreateEvent(timed: false), () => _driver.LoadModule([], ""), () => _driver.CopyToDevice(default, [1]),
        ];

        Assert.Same(first, _driver.Fault);
        foreach (Action call in calls)
        {
            CudaException later = Assert.Throws<CudaException>(call);
            Assert.Same(first, later.InnerException);
            Assert.True(later.IsDeviceLost);
            Assert.Contains(first.ErrorText, later.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_lost_device_gives_its_memory_back_and_another_one_works()
    {
        ReadOutOfBounds();
        _driver.Dispose();
        using EmulatedDriver other = HostLibrary.Open();

        Assert.Equal(default, _driver.Open);
        Assert.Equal([1f, 2], other.Download(other.Upload([1, 2]), 2));
    }

    [Fact]
    public void Too_few_arguments_are_an_error_and_no_crash()
    {
        using CudaModule module = CudaModule.Load(_driver);
        CudaStream stream = _driver.CreateStream();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => new CudaLaunch(module.Kernel("rms_norm"), new CudaLaunchShape(1, 256)).Run(stream));

        Assert.Contains("rms_norm", error.Message, StringComparison.Ordinal);
        _driver.Synchronize(stream);
        Assert.Null(_driver.Fault);
    }

    [Fact]
    public void Memory_that_is_not_to_be_had_says_how_much_there_is()
    {
        _driver.Allocate(1 << 19);

        CudaOutOfMemoryException error = Assert.Throws<CudaOutOfMemoryException>(() => _driver.Allocate(1 << 20));

        Assert.IsAssignableFrom<OutOfMemoryException>(error);
        Assert.Equal(1 << 20, error.RequestedBytes);
        Assert.Equal(1 << 19, error.FreeBytes);
        Assert.Contains("1,048,576", error.Message, StringComparison.Ordinal);
        Assert.Contains("524,288", error.Message, StringComparison.Ordinal);
        Assert.Null(_driver.Fault);
        _driver.Allocate(1 << 18);
        Assert.Equal(new CudaMemoryInfo(1 << 18, 1 << 20), _driver.GetMemoryInfo());
    }

    [Fact]
    public void More_memory_than_any_machine_has_is_an_error_and_no_crash() =>
        Assert.Throws<CudaOutOfMemoryException>(() => _driver.Allocate(long.MaxValue));

    [Fact]
    public void Things_that_were_given_back_are_refused()
    {
        DevicePointer memory = _driver.Allocate(16);
        PinnedMemory pinned = _driver.AllocateHost(16);
        CudaStream stream = _driver.CreateStream();
        CudaStream other = _driver.CreateStream();
        CudaEvent what = _driver.CreateEvent(timed: false);
        _driver.Free(memory);
        _driver.FreeHost(pinned);
        _driver.DestroyStream(stream);
        _driver.DestroyEvent(what);

        Assert.All<Action>(
            [
                () => _driver.Free(memory), () => _driver.FreeHost(pinned), () => _driver.DestroyStream(stream), () => _driver.DestroyEvent(what),
                () => _driver.Record(what, other), () => _driver.Synchronize(stream), () => _driver.CopyToDevice(memory, [1]),
                () => _driver.CopyToDevice(memory, pinned, other), () => _driver.DestroyGraph(default(CudaGraph)), () => _driver.Launch(default(CudaExecutableGraph), other),
            ],
            call => Assert.False(Assert.Throws<CudaException>(call).IsDeviceLost));
        Assert.Null(_driver.Fault);
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 0)]
    [InlineData(1, 1025)]
    [InlineData(-1, 32)]
    public void A_shape_that_no_card_takes_is_refused_at_the_launch(int grid, int block)
    {
        using CudaModule module = CudaModule.Load(_driver);
        CudaStream stream = _driver.CreateStream();

        CudaException error = Assert.Throws<CudaException>(
            () => HostLibrary.RmsNorm(module, stream, new CudaLaunchShape(grid, block), default, default, default, columns: 1));

        Assert.Equal("CUDA_ERROR_INVALID_VALUE", error.ErrorName);
    }

    [Fact]
    public void A_block_larger_than_the_kernel_was_compiled_for_is_reported_by_the_wait()
    {
        using CudaModule module = CudaModule.Load(_driver);
        CudaStream stream = _driver.CreateStream();
        HostLibrary.RmsNorm(module, stream, new CudaLaunchShape(1, 512), default, default, default, columns: 1);

        CudaException error = Assert.Throws<CudaException>(() => _driver.Synchronize(stream));

        Assert.Equal("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", error.ErrorName);
        Assert.Null(_driver.Fault);
    }

    private CudaException ReadOutOfBounds()
    {
        using CudaModule module = CudaModule.Load(_driver);
        CudaStream stream = _driver.CreateStream();
        DevicePointer weight = _driver.Upload(new float[4]);
        DevicePointer twoRows = _driver.Upload(new float[8]);
        DevicePointer y = _driver.Allocate(16 * sizeof(float));
        HostLibrary.RmsNorm(module, stream, twoRows, weight, y, rows: 4, columns: 4);
        return Assert.Throws<CudaException>(() => _driver.Synchronize(stream));
    }
}
