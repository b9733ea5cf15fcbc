using Xunit;

namespace UniMed.Native.Tests;

/// <summary>Numbers of a picture in device memory, as a host may give them.</summary>
public sealed class DevicePixelsTests
{
    private const nint Somewhere = 0x7000;

    [Fact]
    public void Rows_and_planes_follow_each_other_unless_told_otherwise()
    {
        Assert.Equal((30L, 0L, 330L), Sizes(DevicePixels.Rgb24(Somewhere, 10, 11)));
        Assert.Equal((32L, 0L, 350L), Sizes(DevicePixels.Rgb24(Somewhere, 10, 11, rowBytes: 32)));
        Assert.Equal((20L, 0L, 220L), Sizes(DevicePixels.Gray16(Somewhere, 10, 11)));
        Assert.Equal((40L, 440L, 1320L), Sizes(DevicePixels.RgbPlanes(Somewhere, 10, 11)));
        Assert.Equal((48L, 528L, 1576L), Sizes(DevicePixels.RgbPlanes(Somewhere, 10, 11, rowBytes: 48)));
        Assert.Equal((40L, 1000L, 2440L), Sizes(DevicePixels.RgbPlanes(Somewhere, 10, 11, planeBytes: 1000)));
        Assert.Equal(DevicePixelFormat.SignedGray16, DevicePixels.Gray16(Somewhere, 10, 11, isSigned: true).Format);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-1, 5)]
    [InlineData(5, int.MinValue)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(30000, 30000)]
    [InlineData((1 << 24) + 1, 1)]
    [InlineData(1, (1 << 24) + 1)]
    public void Sizes_that_no_picture_in_host_memory_has_are_refused(int width, int height)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DevicePixels.Rgb24(Somewhere, width, height));
        Assert.Throws<ArgumentOutOfRangeException>(() => DevicePixels.Gray16(Somewhere, width, height));
        Assert.Throws<ArgumentOutOfRangeException>(() => DevicePixels.RgbPlanes(Somewhere, width, height));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(29)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue / 10)]
    public void Rows_that_overlap_or_reach_past_all_memory_are_refused(long rowBytes)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DevicePixels.Rgb24(Somewhere, 10, 11, rowBytes));
    }

    [Theory]
    [InlineData(-4)]
    [InlineData(436)]
    [InlineData(long.MaxValue - 3)]
    public void Planes_that_overlap_or_reach_past_all_memory_are_refused(long planeBytes)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DevicePixels.RgbPlanes(Somewhere, 10, 11, planeBytes: planeBytes));
    }

    [Fact]
    public void A_picture_that_would_wrap_around_the_end_of_addresses_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DevicePixels.Rgb24(-300, 10, 11));
        Assert.Equal(330, DevicePixels.Rgb24(-400, 10, 11).Bytes);
    }

    [Fact]
    public void No_address_and_addresses_between_samples_are_refused()
    {
        Assert.Contains("null", Assert.Throws<ArgumentException>(() => DevicePixels.Rgb24(0, 1, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => DevicePixels.Gray16(Somewhere + 1, 10, 11));
        Assert.Throws<ArgumentException>(() => DevicePixels.Gray16(Somewhere, 10, 11, rowBytes: 21));
        Assert.Throws<ArgumentException>(() => DevicePixels.RgbPlanes(Somewhere + 2, 10, 11));
        Assert.Throws<ArgumentException>(() => DevicePixels.RgbPlanes(Somewhere, 10, 11, rowBytes: 42));
        Assert.Throws<ArgumentException>(() => DevicePixels.RgbPlanes(Somewhere, 10, 11, planeBytes: 441));
    }

    [Fact]
    public void Weights_of_inputs_that_are_not_there_are_refused()
    {
        Assert.Equal(2, new ResamplePass(5, [0, 3], [2, 2], new int[4], 2).Positions);
        Assert.Throws<ArgumentException>(() => new ResamplePass(5, [0, 4], [2, 2], new int[4], 2));
        Assert.Throws<ArgumentException>(() => new ResamplePass(5, [0, -1], [2, 2], new int[4], 2));
        Assert.Throws<ArgumentException>(() => new ResamplePass(5, [0, 3], [2, 3], new int[4], 2));
        Assert.Throws<ArgumentException>(() => new ResamplePass(5, [0, 3], [2], new int[4], 2));
        Assert.Throws<ArgumentException>(() => new ResamplePass(5, [0, 3], [2, 2], new int[3], 2));
        Assert.Throws<ArgumentException>(() => new ResamplePass(5, [], [], [], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResamplePass(0, [0], [0], [0], 1));
    }

    private static (long Row, long Plane, long All) Sizes(DevicePixels pixels) => (pixels.RowBytes, pixels.PlaneBytes, pixels.Bytes);
}
