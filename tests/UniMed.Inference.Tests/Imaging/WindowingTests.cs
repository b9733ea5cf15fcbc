using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class WindowingTests
{
    [Theory]
    [InlineData(-160, 0)]
    [InlineData(-159, 1)]
    [InlineData(39, 127)]
    [InlineData(40, 128)]
    [InlineData(238, 254)]
    [InlineData(239, 255)]
    [InlineData(240, 255)]
    public void A_soft_tissue_window_follows_the_dicom_formula(int hounsfield, byte level)
    {
        // PS3.3 C.11.2.1.2.1 with c = 40, w = 400: ((x - 39.5) / 399 + 0.5) * 255.
        Windowing window = new(Center: 40, Width: 400, Slope: 1, Intercept: -1024);
        Assert.Equal(level, window.Map(hounsfield + 1024));
    }

    [Fact]
    public void Slope_and_intercept_are_applied_before_the_window() =>
        Assert.Equal(new Windowing(100, 50).Map(90), new Windowing(100, 50, Slope: 2, Intercept: -10).Map(50));

    [Fact]
    public void A_width_of_one_is_a_threshold()
    {
        Windowing threshold = new(Center: 10, Width: 1);
        Assert.Equal(0, threshold.Map(9.5));
        Assert.Equal(255, threshold.Map(9.51));
    }

    [Fact]
    public void Halves_are_rounded_away_from_zero() =>
        Assert.Equal(128, new Windowing(Center: 1.5, Width: 3).Map(1));

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0, double.NaN)]
    [InlineData(double.PositiveInfinity, 100)]
    public void Windows_that_mean_nothing_are_refused(double center, double width)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Windowing(center, width));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Windowing(0, 100) with { Center = center, Width = width });
    }
}
