using CsCheck;
using UniMed.Inference.Imaging;
using UniMed.Inference.Imaging.Png;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class PngReaderTests
{
    private static readonly ushort[] EveryValue = [.. Enumerable.Range(0, 65536).Select(value => (ushort)value)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_65536_values_survive(bool interlaced)
    {
        byte[] png = PngFile.Gray16(EveryValue, 256, 256, interlaced);

        DecodedPicture picture = PngReader.Read(png, ImageLimits.Default, "every.png");

        Assert.Equal((256, 256, 1), (picture.Width, picture.Height, picture.Channels));
        Assert.Equal(EveryValue, picture.Words);
    }

    [Fact]
    public void Any_size_reads_back_interlaced_or_not() =>
        (from width in Gen.Int[1, 20]
         from height in Gen.Int[1, 20]
         from interlaced in Gen.Bool
         from samples in Gen.UShort.Array[width * height]
         select (width, height, interlaced, samples)).Sample(
            p => Assert.Equal(
                p.samples,
                PngReader.Read(PngFile.Gray16(p.samples, p.width, p.height, p.interlaced), ImageLimits.Default, "x.png").Words),
            iter: 200);

    [Fact]
    public void Windowing_sees_all_sixteen_bits()
    {
        byte[] png = PngFile.Gray16([1000, 1001, 1002, 1255, 1256], 5, 1);
        ImageDecodeOptions options = new() { Windowing = new Windowing(Center: 1128, Width: 256) };

        Assert.Equal([0, 1, 2, 255, 255], Red(MedicalImage.Decode(png, options)));
        Assert.Equal([255, 254, 253, 0, 0], Red(MedicalImage.Decode(png, options with { Monochrome1 = true })));
    }

    [Fact]
    public void Without_a_window_the_range_of_the_samples_is_shown() =>
        Assert.Equal([0, 128, 255], Red(MedicalImage.Decode(PngFile.Gray16([40000, 40001, 40002], 3, 1))));

    [Fact]
    public void Every_cut_is_an_error()
    {
        byte[] png = PngFile.Gray16([1, 2, 3, 4], 2, 2);
        for (int length = 0; length < png.Length; length++)
            Assert.Throws<ImageException>(() => MedicalImage.Decode(png.AsSpan(0, length)));
    }

    [Fact]
    public void Every_flipped_bit_is_an_error()
    {
        byte[] png = PngFile.Gray16([1, 2, 3, 4], 2, 2);
        for (int bit = 0; bit < png.Length * 8; bit++)
        {
            byte[] damaged = [.. png];
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<ImageException>(() => MedicalImage.Decode(damaged));
        }
    }

    [Fact]
    public void Too_few_rows_are_an_error()
    {
        byte[] png = PngFile.Create(2, 1, 16, 0, [0, 1, 0, 2]);
        byte[] taller = PngFile.Create(2, 2, 16, 0, [0, 1, 0, 2, 0, 1, 0, 2]);
        byte[] mixed = [.. taller[..33], .. png[33..]];

        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Decode(mixed, source: "short.png"));
        Assert.StartsWith("short.png: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 3, "header that PNG knows")]
    [InlineData(2, 4, "header that PNG knows")]
    [InlineData(3, 16, "header that PNG knows")]
    [InlineData(5, 8, "header that PNG knows")]
    public void A_colour_type_and_depth_that_png_lacks_is_damage(int colorType, int bitDepth, string words) => Assert.Contains(
        words,
        Assert.Throws<ImageException>(() => MedicalImage.Decode(PngFile.Create(1, 1, bitDepth, colorType, new byte[8]))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_palette_picture_without_its_palette_is_an_error() => Assert.Contains(
        "palette is missing",
        Assert.Throws<ImageException>(() => MedicalImage.Decode(PngFile.Create(1, 1, 8, 3, [0]))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Apples_own_variant_is_named()
    {
        byte[] png = PngFile.Create(1, 1, 8, 0, [7]);
        byte[] apple = [.. png[..8], .. PngFile.Chunk("CgBI", [0, 0, 0, 0]), .. png[8..]];
        Assert.Contains("CgBI", Assert.Throws<ImageException>(() => MedicalImage.Decode(apple)).Message, StringComparison.Ordinal);
    }

    private static byte[] Red(MedicalImage image) => [.. image.Rgb.ToArray().Chunk(3).Select(pixel => pixel[0])];
}
