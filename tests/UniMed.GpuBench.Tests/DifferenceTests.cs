using UniMed.GpuBench.Checks;
using UniMed.GpuBench.Reporting;
using Xunit;

namespace UniMed.GpuBench.Tests;

/// <summary>A check must be able to fail.</summary>
public class DifferenceTests
{
    [Fact]
    public void An_error_is_counted_in_units_of_its_rows_root_mean_square()
    {
        // Row 1 has a root mean square of 5, row 2 of 1.
        float[] expected = [3, 4, 5, 5, 5, 5, 1, -1, 1, -1, 1, -1];

        Assert.Equal(0, Difference.Largest(expected, expected, 6));
        Assert.Equal(0.5 / Math.Sqrt(125 / 6.0), Difference.Largest(expected, [3, 4.5f, 5, 5, 5, 5, 1, -1, 1, -1, 1, -1], 6), 1e-9);
        Assert.Equal(0.5, Difference.Largest(expected, [3, 4, 5, 5, 5, 5, 1, -1.5f, 1, -1, 1, -1], 6), 1e-9);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_none_fails(float broken)
    {
        double error = Difference.Largest([1, 2, 3, 4], [1, broken, 3, 4], 2);

        Assert.False(new CheckRow("Linear", "", error, 0.01).Passed);
    }

    [Fact]
    public void Bits_count_signs_of_zero_and_missing_numbers()
    {
        Assert.Equal(0, Difference.Bits([0, 1, float.NaN], [0, 1, float.NaN]));
        Assert.Equal(1, Difference.Bits([0, 1], [-0f, 1]));
        Assert.Equal(1, Difference.Bits([0, 1, 2], [0, 1]));
    }
}
