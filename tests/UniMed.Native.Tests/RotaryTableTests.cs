using Xunit;

namespace UniMed.Native.Tests;

public sealed class RotaryTableTests
{
    [Theory]
    [InlineData(128, 10000)]
    [InlineData(10, 10000)]
    [InlineData(2, 500000)]
    public void Angles_are_position_times_inverse_frequency(int headDim, double theta)
    {
        var table = new RotaryTable(headDim, 2048, theta);
        foreach (int position in new[] { 0, 1, 2, 77, 2047 })
        {
            for (int i = 0; i < headDim / 2; i++)
            {
                double angle = position * Math.Pow(theta, -2.0 * i / headDim);
                // The angle itself is fp32, as in the reference: four roundings of its size.
                double allowed = (4 * angle * Math.Pow(2, -23)) + Math.Pow(2, -23);
                Assert.Equal(Math.Cos(angle), table.Cos(position)[i], allowed);
                Assert.Equal(Math.Sin(angle), table.Sin(position)[i], allowed);
            }
        }
    }

    [Fact]
    public void The_angle_is_rounded_to_single_precision_before_its_cosine_is_taken()
    {
        var table = new RotaryTable(128, 2048, 10000);
        float inverseFrequency = 1f / (float)Math.Pow(10000, 2f / 128);
        float angle = 2047 * inverseFrequency;

        Assert.Equal((float)Math.Cos(angle), table.Cos(2047)[1]);
        Assert.NotEqual((float)Math.Cos(2047 * Math.Pow(10000, -2.0 / 128)), table.Cos(2047)[1]);
    }

    [Fact]
    public void Position_zero_does_not_rotate()
    {
        var table = new RotaryTable(6, 1, 10000);

        Assert.Equal([1f, 1f, 1f], table.Cos(0).ToArray());
        Assert.Equal([0f, 0f, 0f], table.Sin(0).ToArray());
        Assert.Equal(6, table.HeadDim);
        Assert.Equal(1, table.Positions);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(-2, 5)]
    [InlineData(7, 5)]
    [InlineData(8, 0)]
    [InlineData(8, -1)]
    [InlineData(int.MaxValue - 1, int.MaxValue)]
    [InlineData(128, int.MaxValue)]
    public void Impossible_sizes_are_refused(int headDim, int positions) =>
        Assert.ThrowsAny<ArgumentException>(() => new RotaryTable(headDim, positions, 10000));

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void Positions_outside_the_table_are_refused(int position)
    {
        var table = new RotaryTable(8, 5, 10000);

        Assert.ThrowsAny<ArgumentException>(() => table.Cos(position).Length);
        Assert.ThrowsAny<ArgumentException>(() => table.Sin(position).Length);
    }
}
