using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>
/// A launch's arguments are those the kernel itself says it takes: rms_norm takes three pointers, an integer and a
/// floating-point number.
/// </summary>
public sealed class CudaLaunchArgumentsTests : IDisposable
{
    private readonly EmulatedDriver _driver = HostLibrary.Open();
    private readonly CudaModule _module;
    private readonly CudaStream _stream;
    private readonly DevicePointer _x;
    private readonly DevicePointer _y;

    public CudaLaunchArgumentsTests()
    {
        _module = CudaModule.Load(_driver);
        _stream = _driver.CreateStream();
        _x = _driver.Upload([1, 2, 3, 4]);
        _y = _driver.Allocate(16);
    }

    public void Dispose()
    {
        _module.Dispose();
        _driver.Dispose();
    }

    [Fact]
    public void One_too_few_is_refused_with_what_is_missing() => Assert.StartsWith(
        "Kernel rms_norm: argument 4 (the first is 0): expected a floating-point number of 4 bytes, found none; the kernel takes 5 arguments, and the launch has 4.",
        Refusal(_x, _x, _y, 4),
        StringComparison.Ordinal);

    [Fact]
    public void None_at_all_is_refused() =>
        Assert.Contains("argument 0 (the first is 0): expected a pointer of 8 bytes, found none", Refusal(), StringComparison.Ordinal);

    [Fact]
    public void One_too_many_is_refused_with_what_it_is() => Assert.Contains(
        "argument 5 (the first is 0): expected none, found an integer of 4 bytes; the kernel takes 5 arguments, and the launch has 6.",
        Refusal(_x, _x, _y, 4, 1e-5f, 0),
        StringComparison.Ordinal);

    [Fact]
    public void Another_size_is_refused()
    {
        Assert.Contains("argument 3 (the first is 0): expected an integer of 4 bytes, found an integer of 8 bytes;", Refusal(_x, _x, _y, 4L, 1e-5f), StringComparison.Ordinal);
        Assert.Contains("expected a floating-point number of 4 bytes, found a floating-point number of 8 bytes;", Refusal(_x, _x, _y, 4, 1e-5), StringComparison.Ordinal);
        Assert.Contains("argument 0 (the first is 0): expected a pointer of 8 bytes, found a struct of 16 bytes;", Refusal(1m, _x, _y, 4, 1e-5f), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_order_is_refused()
    {
        Assert.Contains("argument 2 (the first is 0): expected a pointer of 8 bytes, found an integer of 4 bytes;", Refusal(_x, _x, 4, _y, 1e-5f), StringComparison.Ordinal);
        Assert.Contains("argument 3 (the first is 0): expected an integer of 4 bytes, found a floating-point number of 4 bytes;", Refusal(_x, _x, _y, 1e-5f, 4), StringComparison.Ordinal);
    }

    [Fact]
    public void An_integer_is_no_pointer() =>
        Assert.Contains("argument 1 (the first is 0): expected a pointer of 8 bytes, found an integer of 8 bytes;", Refusal(_x, 0L, _y, 4, 1e-5f), StringComparison.Ordinal);

    [Fact]
    public void A_wrong_launch_is_refused_before_and_after_a_right_one_and_harms_none()
    {
        Refusal(_x, _x, _y, 4);
        _module.Kernel("rms_norm").Run(_stream, _x, _x, _y, 4, 1e-5f);
        Refusal(_x, _x, _y, 4);
        _driver.CopyToDevice(_x, new byte[16]);
        _module.Kernel("rms_norm").Run(_stream, _x, _x, _y, 4, 1e-5f);
        _driver.Synchronize(_stream);

        Assert.Equal([0f, 0, 0, 0], _driver.Download(_y, 4));
    }

    [Fact]
    public void A_wrong_launch_is_not_written_down_in_a_step()
    {
        var log = new LaunchLog();

        Assert.Throws<InvalidOperationException>(() => _module.Kernel("rms_norm").Record(log, _x, _x, _y, 4));

        Assert.Equal(0, log.Count);
    }

    [Fact]
    public void Every_kernel_says_what_it_takes()
    {
        CudaModuleHandle module = _driver.LoadModule([], "");
        Assert.All(
            _driver.GetFunctionNames(module),
            name =>
            {
                Assert.True(_driver.TryGetFunction(module, name, out CudaFunction function));
                CudaParameter[] parameters = _driver.FindParameters(module, function);
                Assert.NotEmpty(parameters);
                Assert.All(parameters, parameter => Assert.True(parameter.Kind != CudaParameterKind.Unknown && parameter.Bytes > 0));
                Assert.Contains(parameters, parameter => parameter.Kind == CudaParameterKind.Pointer);
            });
    }

    private string Refusal(params object[] arguments) =>
        Assert.Throws<InvalidOperationException>(() => _module.Kernel("rms_norm").Run(_stream, arguments)).Message;
}
