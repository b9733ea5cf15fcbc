using UniMed.Bench;
using UniMed.Bench.Synthetic;
using UniMed.GpuBench.Kernels;
using UniMed.Native;
using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.GpuBench.Tests;

/// <summary>A launch from the tape does what the operation's own launch did, alone and in a graph, and takes time.</summary>
public class TapedDriverTests
{
    [Fact]
    public void Launches_of_the_tape_repeat_the_operation()
    {
        var driver = new TapedDriver(CudaDevices.Open("cuda-emulated"));
        using var device = new CudaDevice(driver);
        using var buffers = new BenchBuffers(device);
        var numbers = new BenchNumbers(5);
        LinearWeights weights = buffers.DisposeWithThis(device.LoadLinear(numbers.Matrix(SyntheticDtype.F16, 40, 70), null));
        Tensor input = buffers.Put(numbers.Activations(3, 70), 3, 70);
        Tensor output = buffers.Empty(3, 40);
        var expected = new float[output.Length];
        var actual = new float[output.Length];

        TapedLaunch launch = Assert.Single(driver.Record(() => device.Linear(weights, input, Activation.None, null, output)));
        device.Download(output, expected);
        device.Upload(new float[output.Length], output);
        driver.Synchronize();
        using var clock = new StreamClock(driver, repeat: 3);
        Spread once = clock.Time(() => { }, () => launch.Run(driver, clock.Stream));
        device.Download(output, actual);
        Assert.Equal(expected, actual);

        device.Upload(new float[output.Length], output);
        driver.Synchronize();
        Spread inARow = clock.TimeInARow(4, () => launch.Run(driver, clock.Stream));
        device.Download(output, actual);
        Assert.Equal(expected, actual);

        Assert.Equal("linear_f16_n8", launch.Kernel);
        Assert.Equal(3, once.Count);
        Assert.True(once.Lowest > 0 && inARow.Lowest > 0);
        Assert.Empty(driver.Record(() => { }));
    }

    [Fact]
    public void A_median_lies_in_the_middle()
    {
        Assert.Equal(new Spread(2.5, 1, 9, 4), Spread.Of([9, 1, 3, 2]));
        Assert.Equal(new Spread(3, 1, 9, 3), Spread.Of([3, 9, 1]));
        Assert.Throws<ArgumentException>(() => Spread.Of([]));
    }
}
