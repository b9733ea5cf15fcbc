using UniMed.Native.Cuda;
using UniMed.Native.Cuda.Emulated;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>What the reading of the host's pictures refuses, and by which exception: as the operations that all devices have.</summary>
public sealed class PixelReaderGateTests : IDisposable
{
    private const int Side = 8;

    private readonly EmulatedDriver _driver = HostLibrary.Open();
    private readonly CudaDevice _device;
    private readonly DeviceBuffer _output;
    private readonly DevicePixels _pixels;

    public PixelReaderGateTests()
    {
        _device = new CudaDevice(_driver, _driver.CreateStream());
        _output = _device.Allocate(3 * Side * Side);
        _pixels = Picture(_driver);
    }

    [Fact]
    public void Good_arguments_are_taken() => Assert.True(_device.ReadPixels(_pixels, How(), Output(_output)));

    [Fact]
    public void Another_devices_output_is_refused()
    {
        EmulatedDriver driver = HostLibrary.Open();
        using var other = new CudaDevice(driver, driver.CreateStream());
        using DeviceBuffer output = other.Allocate(3 * Side * Side);
        ArgumentException refused = Assert.Throws<ArgumentException>("output", () => _device.ReadPixels(_pixels, How(), Output(output)));
        Assert.Contains(_device.Info.Name, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_is_none_or_of_another_shape_is_refused()
    {
        Assert.Throws<ArgumentException>("output", () => _device.ReadPixels(_pixels, How(), default));
        Assert.Throws<ArgumentException>("output", () => _device.ReadPixels(_pixels, How(), _output.AsTensor(3, Side * Side)));
        using DeviceBuffer small = _device.Allocate((3 * Side * Side) - 1);
        Assert.Throws<ArgumentException>("output", () => _device.ReadPixels(_pixels, How(), small.AsTensor(1, (3 * Side * Side) - 1)));
    }

    [Fact]
    public void A_disposed_output_or_device_is_refused()
    {
        DeviceBuffer closed = _device.Allocate(3 * Side * Side);
        Tensor output = Output(closed);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _device.ReadPixels(_pixels, How(), output));
        Tensor good = Output(_output);
        _device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _device.ReadPixels(_pixels, How(), good));
        Assert.Throws<ObjectDisposedException>(() => _device.RangeOf(_pixels));
    }

    [Fact]
    public void Nothing_and_a_preparation_for_another_picture_are_refused()
    {
        Assert.Throws<ArgumentNullException>("pixels", () => _device.ReadPixels(null!, How(), Output(_output)));
        Assert.Throws<ArgumentNullException>("pixels", () => _device.RangeOf(null!));
        Assert.Throws<ArgumentNullException>("how", () => _device.ReadPixels(_pixels, null!, Output(_output)));
        Assert.Throws<ArgumentException>(() => _device.ReadPixels(_pixels, How() with { Side = Side + 1 }, Output(_output)));
        Assert.Throws<ArgumentException>(() => _device.ReadPixels(_pixels, How() with { Levels = new byte[PixelPreparation.WordLevels] }, Output(_output)));
        Assert.Throws<ArgumentException>(() => _device.ReadPixels(_pixels, How() with { Normalized = new float[5] }, Output(_output)));
        Assert.Throws<ArgumentException>(() => _device.ReadPixels(_pixels, How() with { Horizontal = new ResamplePass(Side, [0], [1], [1], 1) }, Output(_output)));
        Assert.Throws<ArgumentException>("pixels", () => _device.RangeOf(_pixels));
    }

    [Fact]
    public void A_step_and_a_device_that_shares_no_context_read_no_pictures()
    {
        using DeviceStep step = _device.CreateStep();
        Assert.Throws<InvalidOperationException>(() => step.Run(this, static test => test._device.ReadPixels(test._pixels, How(), Output(test._output))));
        EmulatedDriver driver = HostLibrary.Open();
        using var alone = new CudaDevice(driver);
        using DeviceBuffer output = alone.Allocate(3 * Side * Side);
        Assert.Throws<InvalidOperationException>(() => alone.ReadPixels(Picture(driver), How(), Output(output)));
    }

    public void Dispose() => _device.Dispose();

    private static DevicePixels Picture(EmulatedDriver driver)
    {
        DevicePointer at = driver.Allocate(3 * Side * Side);
        driver.CopyToDevice(at, new byte[3 * Side * Side]);
        return DevicePixels.Rgb24((nint)at.Address, Side, Side);
    }

    private static Tensor Output(DeviceBuffer buffer) => buffer.AsTensor(1, 3 * Side * Side);

    private static PixelPreparation How() => new() { Side = Side, Normalized = new float[3 * PixelPreparation.ByteLevels] };
}
