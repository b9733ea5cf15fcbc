using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

public sealed class CudaLaunchTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open();
    private readonly CudaModule _module;
    private readonly CudaStream _stream;

    public CudaLaunchTests()
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
    public void A_launch_allocates_nothing()
    {
        DevicePointer x = _driver.Upload(new float[4]);
        DevicePointer y = _driver.Allocate(16);
        _driver.BeginCapture(_stream);
        HostLibrary.RmsNorm(_module, _stream, x, x, y, rows: 1, columns: 4);
        CudaExecutableGraph graph = _driver.Instantiate(_driver.EndCapture(_stream));
        void Decode()
        {
            for (int i = 0; i < 20; i++)
            {
                HostLibrary.RmsNorm(_module, _stream, x, x, y, rows: 1, columns: 4);
                _driver.Launch(graph, _stream);
            }

            _driver.Synchronize(_stream);
        }

        Decode();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Decode();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Arguments_beyond_the_room_for_them_are_refused_by_name()
    {
        InvalidOperationException many = Assert.Throws<InvalidOperationException>(() =>
        {
            var launch = new CudaLaunch(_module.Kernel("rms_norm"), new CudaLaunchShape(1, 32));
            for (int i = 0; i <= CudaLaunch.MaxArguments; i++)
                launch.Add(i);
        });
        Assert.Contains("rms_norm", many.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() =>
        {
            var launch = new CudaLaunch(_module.Kernel("rms_norm"), new CudaLaunchShape(1, 32));
            for (int i = 0; i < 5; i++)
                launch.Add((1m, 1m, 1m, 1m, 1m, 1m, 1m));
        });
    }

    [Fact]
    public void A_kernel_asks_for_the_shared_memory_a_launch_adds()
    {
        CudaKernel kernel = _module.Kernel("rms_norm");
        Assert.Equal(48 * 1024, kernel.GetAttribute(CudaFunctionAttribute.MaxDynamicSharedSizeBytes));

        HostLibrary.RmsNorm(_module, _stream, new CudaLaunchShape(1, 32, SharedBytes: 100_000), default, default, default, 1);

        Assert.Equal(100_000, kernel.GetAttribute(CudaFunctionAttribute.MaxDynamicSharedSizeBytes));
    }
}
