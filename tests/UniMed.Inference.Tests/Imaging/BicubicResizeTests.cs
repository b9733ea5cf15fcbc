using CsCheck;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class BicubicResizeTests
{
    private static readonly Gen<(int Width, int Height, byte[] Rgb)> Pictures =
        from width in Gen.Int[1, 40]
        from height in Gen.Int[1, 40]
        from rgb in Gen.Byte.Array[width * height * 3]
        select (width, height, rgb);

    private static readonly Gen<int> Side = Gen.Int[1, 60];

    [Fact]
    public void An_unchanged_size_is_a_copy() =>
        Pictures.Sample(p => Assert.Equal(p.Rgb, BicubicResize.Resize(p.Rgb, p.Width, p.Height, p.Width, p.Height)), iter: 100);

    [Fact]
    public void A_constant_picture_stays_constant() =>
        Gen.Select(Side, Side, Side, Side, Gen.Byte).Sample(
            (width, height, outWidth, outHeight, level) =>
            {
                byte[] rgb = new byte[width * height * 3];
                Array.Fill(rgb, level);
                Assert.All(BicubicResize.Resize(rgb, width, height, outWidth, outHeight), value => Assert.Equal(level, value));
            },
            iter: 100);

    [Fact]
    public void Resizing_columns_is_resizing_rows_of_the_transposed_picture() =>
        Gen.Select(Pictures, Side).Sample(
            (p, outWidth) =>
            {
                byte[] columns = BicubicResize.Resize(p.Rgb, p.Width, p.Height, outWidth, p.Height);
                byte[] rows = BicubicResize.Resize(Transpose(p.Rgb, p.Width, p.Height), p.Height, p.Width, p.Height, outWidth);
                Assert.Equal(columns, Transpose(rows, p.Height, outWidth));
            },
            iter: 200);

    [Fact]
    public void Columns_come_first_except_where_the_height_loses_more_than_twice_as_many_pixels() =>
        Gen.Select(Pictures, Side, Side).Sample(
            (p, outWidth, outHeight) =>
            {
                bool rowsFirst = p.Height > outHeight && p.Height - outHeight > 2 * (p.Width - outWidth);
                byte[] expected = rowsFirst
                    ? BicubicResize.Resize(
                        BicubicResize.Resize(p.Rgb, p.Width, p.Height, p.Width, outHeight), p.Width, outHeight, outWidth, outHeight)
                    : BicubicResize.Resize(
                        BicubicResize.Resize(p.Rgb, p.Width, p.Height, outWidth, p.Height), outWidth, p.Height, outWidth, outHeight);
                Assert.Equal(expected, BicubicResize.Resize(p.Rgb, p.Width, p.Height, outWidth, outHeight));
            },
            iter: 300);

    [Fact]
    public void Overshoot_at_edges_is_clipped()
    {
        byte[] edge = [0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255];
        byte[] wide = BicubicResize.Resize(edge, 4, 1, 16, 1);
        Assert.Equal(0, wide.Take(18).Max());
        Assert.Equal(255, wide.TakeLast(18).Min());
    }

    [Fact]
    public void A_wrong_buffer_length_names_both_numbers()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => BicubicResize.Resize(new byte[11], 2, 2, 1, 1));
        Assert.Contains("12", error.Message, StringComparison.Ordinal);
        Assert.Contains("11", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(100_000, 100_000)]
    [InlineData(20_000_000, 1)]
    public void Impossible_result_sizes_are_refused(int outWidth, int outHeight) =>
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => BicubicResize.Resize(new byte[3], 1, 1, outWidth, outHeight));

    private static byte[] Transpose(byte[] rgb, int width, int height)
    {
        byte[] result = new byte[rgb.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                rgb.AsSpan((y * width + x) * 3, 3).CopyTo(result.AsSpan((x * height + y) * 3));
        }

        return result;
    }
}
