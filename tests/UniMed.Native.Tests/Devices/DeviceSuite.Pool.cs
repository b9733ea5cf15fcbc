using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <content>2 x 2 pooling of patch grids.</content>
public abstract partial class DeviceSuite<TFixture>
{
    [Theory]
    [InlineData(PoolKind.Average)]
    [InlineData(PoolKind.Max)]
    public void Windows_become_their_mean_or_maximum(PoolKind kind)
    {
        var random = new Random(91);
        foreach ((int images, int grid, int channels) in new[] { (1, 2, 1), (3, 4, 7), (2, 5, 33), (1, 16, 10), (2, 1, 3), (0, 4, 3) })
        {
            float[,] input = RandomValues.Matrix(random, images * grid * grid, channels);

            AssertClose(ExpectedVision.Pool(input, grid, kind), Pool(input, grid, kind));
        }
    }

    [Theory]
    [InlineData(PoolKind.Average)]
    [InlineData(PoolKind.Max)]
    public void NaN_stays_in_its_window_and_channel(PoolKind kind)
    {
        float[,] input = RandomValues.Matrix(new Random(92), 2 * 16, 5);
        float[,] clean = Pool(input, 4, kind);
        input[16 + 6, 3] = float.NaN;

        float[,] output = Pool(input, 4, kind);

        for (int row = 0; row < 8; row++)
        {
            for (int c = 0; c < 5; c++)
                Assert.Equal(row == 5 && c == 3 ? float.NaN : clean[row, c], output[row, c]);
        }
    }

    [Fact]
    public void Maxima_of_infinities_and_negatives_are_exact()
    {
        float[,] input = { { -3 }, { -1 }, { float.NegativeInfinity }, { -2 }, { float.NegativeInfinity }, { 5 }, { float.PositiveInfinity }, { 0 } };

        Matrices.AssertSameBits(new float[,] { { -1 }, { float.PositiveInfinity } }, Pool(input, 2, PoolKind.Max));
    }

    [Fact]
    public void Shapes_that_do_not_fit_a_pooling_are_refused()
    {
        Refused(() => Device.Pool(Any(16, 3), 0, PoolKind.Max, Any(4, 3)));
        Refused(() => Device.Pool(Any(16, 3), -4, PoolKind.Max, Any(4, 3)));
        Refused(() => Device.Pool(Any(17, 3), 4, PoolKind.Max, Any(4, 3)));
        Refused(() => Device.Pool(Any(16, 3), 4, PoolKind.Max, Any(3, 3)));
        Refused(() => Device.Pool(Any(16, 3), 4, PoolKind.Max, Any(4, 2)));
        Refused(() => Device.Pool(Any(16, 3), 1 << 16, PoolKind.Average, Any(4, 3)));
        Refused(() => Device.Pool(Any(16, 3), int.MaxValue, PoolKind.Average, Any(4, 3)));
    }

    private float[,] Pool(float[,] input, int grid, PoolKind kind)
    {
        DeviceMatrix output = Output(input.GetLength(0) / (grid * grid) * (grid / 2) * (grid / 2), input.GetLength(1));
        Device.Pool(Input(input), grid, kind, output.Tensor);
        return output.Read();
    }
}
