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
        Spread inARow = clock.TimeInARow(4, _ => launch.Run(driver, clock.Stream));
        device.Download(output, actual);
        Assert.Equal(expected, actual);

        Assert.Equal("linear_f16_n8", launch.Kernel);
        Assert.Equal(3, once.Count);
        Assert.True(once.Lowest > 0 && inARow.Lowest > 0);
        Assert.Empty(driver.Record(() => { }));
    }

    [Fact]
    public void A_launch_on_a_copy_of_its_matrix_reads_that_copy()
    {
        var driver = new TapedDriver(CudaDevices.Open("cuda-emulated"));
        using var device = new CudaDevice(driver);
        using var buffers = new BenchBuffers(device);
        var numbers = new BenchNumbers(6);
        LinearWeights weights = buffers.DisposeWithThis(device.LoadLinear(numbers.Matrix(SyntheticDtype.F16, 40, 70), null));
        Tensor input = buffers.Put(numbers.Activations(3, 70), 3, 70);
        Tensor output = buffers.Empty(3, 40);
        TapedLaunch launch = Assert.Single(driver.Record(() => device.Linear(weights, input, Activation.None, null, output)));
        using var clock = new StreamClock(driver, repeat: 1);
        CudaMatrix matrix = Assert.Single(LinearCase.Matrices(weights));
        var expected = new float[output.Length];
        var actual = new float[output.Length];

        using (var rotated = new RotatedWeights(driver, matrix, 3, clock.Stream))
        {
            IReadOnlyList<TapedLaunch> turns = rotated.Of(launch);
            Assert.Equal(3, turns.Select(turn => BitConverter.ToString(turn.Arguments)).Distinct().Count());
            device.Download(output, expected);
            foreach (TapedLaunch turn in turns)
            {
                device.Upload(new float[output.Length], output);
                driver.Synchronize();
                turn.Run(driver, clock.Stream);
                driver.Synchronize(clock.Stream);
                device.Download(output, actual);
                Assert.Equal(expected, actual);
            }

            // Zeros in the matrix itself: its copies are others.
            driver.Fill(matrix.Pointer, 0, matrix.Bytes, clock.Stream);
            turns[1].Run(driver, clock.Stream);
            driver.Synchronize(clock.Stream);
            device.Download(output, actual);
            Assert.Equal(expected, actual);
            turns[0].Run(driver, clock.Stream);
            driver.Synchronize(clock.Stream);
            device.Download(output, actual);
            Assert.All(actual, value => Assert.Equal(0, value));
        }

        Assert.False(launch.Takes(matrix.Pointer + 1));
    }

    [Fact]
    public void A_median_lies_in_the_middle()
    {
        Assert.Equal(new Spread(2.5, 1, 9, 4), Spread.Of([9, 1, 3, 2]));
        Assert.Equal(new Spread(3, 1, 9, 3), Spread.Of([3, 9, 1]));
        Assert.Throws<ArgumentException>(() => Spread.Of([]));
    }
}
