using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>More than 8 bits in any colour type reach the window, and windows are honoured or refused for every file.</summary>
public class HighBitDepthTests
{
    private static readonly ushort[] TwelveBits = [0, 1000, 2000, 4095];

    public static TheoryData<string, byte[]> GrayOfTwelveBits => new()
    {
        { "gray", Png(0, value => [value]) },
        { "gray, sBIT 12", Png(0, value => [value], ("sBIT", [12])) },
        { "gray and alpha", Png(4, value => [value, 65535]) },
        { "gray and alpha 0, sBIT 12", Png(4, value => [value, 0], ("sBIT", [12, 12])) },
        { "RGB of equal channels", Png(2, value => [value, value, value]) },
        { "RGBA of equal channels, sBIT 12", Png(6, value => [value, value, value, 1], ("sBIT", [12, 12, 12, 12])) },
        { "PGM", [.. Encoding.ASCII.GetBytes("P5 4 1 4095\n"), .. BigEndian(TwelveBits)] },
        { "PGM of all 16 bits", [.. Encoding.ASCII.GetBytes("P5 4 1 65535\n"), .. BigEndian(TwelveBits)] },
        { "text PGM", Encoding.ASCII.GetBytes("P2 4 1 4095 0 1000 2000 4095") },
        { "PPM of equal channels", [.. Encoding.ASCII.GetBytes("P6 4 1 4095\n"), .. BigEndian([.. TwelveBits.SelectMany(value => new[] { value, value, value })])] },
    };

    [Theory]
    [MemberData(nameof(GrayOfTwelveBits))]
    public void Gray_is_windowed_from_all_its_bits_whatever_holds_it(string what, byte[] file)
    {
        Assert.Equal([0, 62, 125, 255], Red(MedicalImage.Decode(file, source: what)));
        ImageDecodeOptions window = new() { Windowing = new Windowing(Center: 1500, Width: 1001) };
        Assert.Equal([0, 0, 255, 255], Red(MedicalImage.Decode(file, window)));
        Assert.Equal([255, 255, 0, 0], Red(MedicalImage.Decode(file, window with { Monochrome1 = true })));
    }

    [Fact]
    public void Gray_with_alpha_is_the_picture_without() =>
        Gen.UShort.Array[1, 60].Sample(
            samples => Assert.Equal(
                MedicalImage.FromGray16(samples, samples.Length, 1).ContentHash,
                MedicalImage.Decode(PngFile.Create(samples.Length, 1, 16, 4, BigEndian([.. samples.SelectMany(value => new ushort[] { value, 9 })]))).ContentHash),
            iter: 100);

    [Fact]
    public void Colour_keeps_its_upper_8_bits_as_pillow_does() =>
        Assert.Equal([0x12, 0x34, 0xFE], Colour([0x12FF, 0x34FF, 0xFEFF]));

    [Fact]
    public void Colour_that_would_be_nearly_black_is_spread_over_the_bits_it_uses()
    {
        Assert.Equal([0xFF, 0x80, 0x00], Colour([4095, 2048, 0]));
        Assert.Equal([0xFF, 0x80, 0x00], Colour([1023, 512, 0]));
        Assert.Equal([200, 100, 0], Colour([200, 100, 0]));
        Assert.Equal([0x10, 0x08, 0x00], Colour([4096, 2048, 0]));
    }

    [Fact]
    public void Colour_whose_samples_fit_the_bits_that_sBIT_names_is_spread_over_those()
    {
        Assert.Equal([0xC3, 0x7D, 0x00], Colour([50000 >> 2, 32000 >> 2, 0], ("sBIT", [14, 14, 14])));
        Assert.Equal([50000 >> 8, 32000 >> 8, 0], Colour([50000, 32000, 0], ("sBIT", [14, 14, 14])));
    }

    [Fact]
    public void A_window_on_8_bits_of_gray_is_honoured()
    {
        ImageDecodeOptions window = new() { Windowing = new Windowing(Center: 100, Width: 101) };
        byte[] gray = PngFile.Create(4, 1, 8, 0, [0, 50, 100, 200]);
        byte[] rgb = PngFile.Create(4, 1, 8, 2, [0, 0, 0, 50, 50, 50, 100, 100, 100, 200, 200, 200]);

        Assert.Equal([0, 1, 129, 255], Red(MedicalImage.Decode(gray, window)));
        Assert.Equal([0, 1, 129, 255], Red(MedicalImage.Decode(rgb, window)));
        Assert.Equal([255, 254, 126, 0], Red(MedicalImage.Decode(gray, window with { Monochrome1 = true })));
    }

    [Fact]
    public void Monochrome1_inverts_8_bits_of_gray() =>
        Assert.Equal([255, 205, 155, 55], Red(MedicalImage.Decode(PngFile.Create(4, 1, 8, 0, [0, 50, 100, 200]), new ImageDecodeOptions { Monochrome1 = true })));

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void A_window_on_colour_is_refused_by_name(int bitDepth)
    {
        byte[] colour = PngFile.Create(1, 1, bitDepth, 2, bitDepth == 8 ? [1, 2, 3] : [1, 1, 2, 2, 3, 3]);
        string window = Refusal(new ImageDecodeOptions { Windowing = new Windowing(40, 400) });
        string monochrome1 = Refusal(new ImageDecodeOptions { Monochrome1 = true });

        Assert.StartsWith("c.png: this is a colour picture, and a window is for gray ones", window, StringComparison.Ordinal);
        Assert.Contains("MONOCHROME1 is for gray ones", monochrome1, StringComparison.Ordinal);

        string Refusal(ImageDecodeOptions options) => Assert.Throws<ImageException>(() => MedicalImage.Decode(colour, options, "c.png")).Message;
    }

    private static byte[] Colour(ushort[] pixel, params (string Type, byte[] Data)[] chunks) =>
        MedicalImage.Decode(PngFile.Create(1, 1, 16, 2, BigEndian(pixel), chunks)).Rgb.ToArray();

    private static byte[] Png(int colorType, Func<ushort, ushort[]> pixel, params (string Type, byte[] Data)[] chunks) =>
        PngFile.Create(4, 1, 16, colorType, BigEndian([.. TwelveBits.SelectMany(pixel)]), chunks);

    private static byte[] BigEndian(ushort[] samples)
    {
        byte[] bytes = new byte[samples.Length * 2];
        for (int i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(i * 2), samples[i]);
        return bytes;
    }

    private static byte[] Red(MedicalImage image) => [.. image.Rgb.ToArray().Chunk(3).Select(pixel => pixel[0])];
}
