using Xunit;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>Pixel layouts whose conversion is known without a golden file: Pillow's <c>convert("RGB")</c> of each.</summary>
public class PillowModesTests
{
    [Fact]
    public void Sixteen_bit_colour_keeps_its_high_bytes()
    {
        byte[] rgb = PngFile.Create(1, 1, 16, 2, [0x12, 0xFF, 0x34, 0xFF, 0x56, 0xFF]);
        byte[] rgba = PngFile.Create(1, 1, 16, 6, [0x12, 0xFF, 0x34, 0xFF, 0x56, 0xFF, 0, 1]);

        Assert.Equal([0x12, 0x34, 0x56], MedicalImage.Decode(rgb).Rgb.ToArray());
        Assert.Equal([0x12, 0x34, 0x56], MedicalImage.Decode(rgba).Rgb.ToArray());
    }

    [Fact]
    public void A_transparent_colour_key_keeps_its_colour()
    {
        byte[] rgb = PngFile.Create(2, 1, 8, 2, [20, 21, 22, 30, 31, 32], ("tRNS", [0, 20, 0, 21, 0, 22]));
        byte[] gray = PngFile.Create(2, 1, 8, 0, [20, 30], ("tRNS", [0, 20]));

        Assert.Equal([20, 21, 22, 30, 31, 32], MedicalImage.Decode(rgb).Rgb.ToArray());
        Assert.Equal([20, 20, 20, 30, 30, 30], MedicalImage.Decode(gray).Rgb.ToArray());
    }

    [Fact]
    public void Two_bit_gray_is_spread_over_the_full_range() =>
        Assert.Equal(
            [0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255],
            MedicalImage.Decode(PngFile.Create(4, 1, 2, 0, [0b00011011])).Rgb.ToArray());

    [Fact]
    public void Transparent_gif_pixels_keep_their_colour_and_fill_what_the_frame_leaves_open() =>
        Assert.Equal(
            [30, 31, 32, 20, 21, 22, 30, 31, 32, 30, 31, 32, .. Enumerable.Repeat<byte[]>([30, 31, 32], 4).SelectMany(pixel => pixel)],
            MedicalImage.Decode(PartialGif(transparentIndex: 2)).Rgb.ToArray());

    [Fact]
    public void An_opaque_gif_fills_what_the_frame_leaves_open_with_its_first_colour() =>
        Assert.Equal(
            [10, 11, 12, 20, 21, 22, 30, 31, 32, 10, 11, 12, .. Enumerable.Repeat<byte[]>([10, 11, 12], 4).SelectMany(pixel => pixel)],
            MedicalImage.Decode(PartialGif(transparentIndex: null)).Rgb.ToArray());

    [Fact]
    public void A_gif_without_colours_is_refused()
    {
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0, 0x3B];
        Assert.Contains("colour table", Assert.Throws<ImageException>(() => MedicalImage.Decode(gif)).Message, StringComparison.Ordinal);
    }

    /// <summary>A screen of 4 x 2 whose only frame covers the second and third pixel of the first row, with colours 1 and 2.</summary>
    private static byte[] PartialGif(byte? transparentIndex)
    {
        byte[] control = transparentIndex is { } index ? [0x21, 0xF9, 4, 1, 0, 0, index, 0] : [];
        const int ClearOneTwoEnd = 4 | 1 << 3 | 2 << 6 | 5 << 9;
        return
        [
            .. "GIF89a"u8, 4, 0, 2, 0, 0xF1, 3, 0,
            10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42,
            0x21, 0xFE, 2, (byte)'h', (byte)'i', 0,
            .. control,
            0x2C, 1, 0, 0, 0, 2, 0, 1, 0, 0,
            2, 2, ClearOneTwoEnd & 0xFF, ClearOneTwoEnd >> 8, 0,
            0x3B,
        ];
    }
}
