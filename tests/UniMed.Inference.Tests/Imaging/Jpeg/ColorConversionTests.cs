using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

public class ColorConversionTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(77)]
    [InlineData(178)]
    [InlineData(255)]
    public void Every_pair_of_colour_differences_is_rounded_as_the_tables_of_libjpeg_round(int brightness)
    {
        const int Pixels = 256 * 256;
        byte[] y = [.. Enumerable.Repeat((byte)brightness, Pixels)];
        byte[] cb = [.. Enumerable.Range(0, Pixels).Select(i => (byte)(i >> 8))];
        byte[] cr = [.. Enumerable.Range(0, Pixels).Select(i => (byte)i)];
        byte[] rgb = new byte[3 * Pixels];
        ColorConversion.FromYCbCr(y, cb, cr, rgb);

        byte[] expected = new byte[3 * Pixels];
        for (int i = 0; i < Pixels; i++)
        {
            int toBlue = cb[i] - 128;
            int toRed = cr[i] - 128;
            expected[3 * i] = Clamp(brightness + (int)Math.Floor((Fix(1.40200) * toRed + 32768) / 65536.0));
            expected[3 * i + 1] = Clamp(brightness + (int)Math.Floor((-Fix(0.34414) * toBlue - Fix(0.71414) * toRed + 32768) / 65536.0));
            expected[3 * i + 2] = Clamp(brightness + (int)Math.Floor((Fix(1.77200) * toBlue + 32768) / 65536.0));
        }

        Assert.Equal(expected, rgb);
    }

    [Fact]
    public void Rows_of_any_length_are_converted_to_their_end_and_not_beyond()
    {
        for (int width = 1; width <= 40; width++)
        {
            byte[] row = [.. Enumerable.Range(0, width).Select(i => (byte)(i * 53))];
            byte[] middle = [.. Enumerable.Repeat((byte)128, width)];
            byte[] threefold = [.. row.SelectMany(sample => new[] { sample, sample, sample })];
            byte[] rgb = new byte[3 * width];
            ColorConversion.FromYCbCr(row, middle, middle, rgb);
            Assert.Equal(threefold, rgb);

            rgb = new byte[3 * width];
            ColorConversion.FromGray(row, rgb);
            Assert.Equal(threefold, rgb);
        }
    }

    [Fact]
    public void Inverted_inks_are_white_without_ink_and_black_without_light()
    {
        byte[] rgb = new byte[9];
        ColorConversion.FromCmyk([255, 255, 0], [255, 255, 255], [255, 255, 255], [255, 0, 200], rgb);
        Assert.Equal([255, 255, 255, 0, 0, 0, 0, 200, 200], rgb);
    }

    private static int Fix(double factor) => (int)(factor * 65536 + 0.5);

    private static byte Clamp(int value) => (byte)Math.Clamp(value, 0, 255);
}
