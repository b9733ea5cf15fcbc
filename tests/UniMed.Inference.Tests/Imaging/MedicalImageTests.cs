using UniMed.Inference.Imaging;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class MedicalImageTests
{
    [Fact]
    public void Gray8_becomes_three_equal_channels_and_monochrome1_inverts()
    {
        Assert.Equal([0, 0, 0, 200, 200, 200], MedicalImage.FromGray8([0, 200], 2, 1).Rgb.ToArray());
        Assert.Equal([255, 255, 255, 55, 55, 55], MedicalImage.FromGray8([0, 200], 2, 1, monochrome1: true).Rgb.ToArray());
    }

    [Fact]
    public void Gray16_without_a_window_spans_its_own_range_and_a_flat_picture_is_black()
    {
        Assert.Equal([0, 0, 0, 128, 128, 128, 255, 255, 255], MedicalImage.FromGray16((ushort[])[100, 101, 102], 3, 1).Rgb.ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 0], MedicalImage.FromGray16((ushort[])[9, 9], 2, 1).Rgb.ToArray());
    }

    [Fact]
    public void Signed_gray16_keeps_its_sign()
    {
        Windowing window = new(Center: 0, Width: 2001);
        Assert.Equal(
            [0, 0, 0, 128, 128, 128, 255, 255, 255],
            MedicalImage.FromGray16((short[])[-32768, 0, 32767], 3, 1, window).Rgb.ToArray());
        Assert.Equal([0, 0, 0, 255, 255, 255], MedicalImage.FromGray16((short[])[-5, 3], 2, 1).Rgb.ToArray());
    }

    [Fact]
    public void Monochrome1_inverts_after_the_window() =>
        Assert.Equal([255, 255, 255, 0, 0, 0], MedicalImage.FromGray16((ushort[])[0, 4095], 2, 1, monochrome1: true).Rgb.ToArray());

    [Fact]
    public void Rgb24_is_copied_so_that_the_picture_cannot_change()
    {
        byte[] pixels = [1, 2, 3];
        MedicalImage image = MedicalImage.FromRgb24(pixels, 1, 1);
        pixels[0] = 99;
        Assert.Equal([1, 2, 3], image.Rgb.ToArray());
    }

    [Fact]
    public void A_wrong_buffer_length_names_both_numbers()
    {
        ArgumentException[] errors =
        [
            Assert.Throws<ArgumentException>(() => MedicalImage.FromGray8(new byte[5], 2, 3)),
            Assert.Throws<ArgumentException>(() => MedicalImage.FromGray16(new ushort[5], 2, 3)),
            Assert.Throws<ArgumentException>(() => MedicalImage.FromGray16(new short[5], 2, 3)),
        ];
        Assert.All(errors, error => Assert.Contains("has 6 samples, but the buffer holds 5", error.Message, StringComparison.Ordinal));
        Assert.Contains(
            "has 18 samples, but the buffer holds 6",
            Assert.Throws<ArgumentException>(() => MedicalImage.FromRgb24(new byte[6], 2, 3)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => MedicalImage.FromGray8([], 0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => MedicalImage.FromRgb24([], 50_000, 50_000));
    }

    [Fact]
    public void The_content_hash_tells_pixels_and_shape_apart_and_nothing_else()
    {
        MedicalImage wide = MedicalImage.FromGray8([1, 2, 3, 4], 4, 1);
        Assert.Matches("^[0-9a-f]{64}$", wide.ContentHash);
        Assert.Equal(wide.ContentHash, MedicalImage.FromRgb24([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], 4, 1).ContentHash);
        Assert.NotEqual(wide.ContentHash, MedicalImage.FromGray8([1, 2, 3, 4], 2, 2).ContentHash);
        Assert.NotEqual(wide.ContentHash, MedicalImage.FromGray8([1, 2, 3, 5], 4, 1).ContentHash);
    }

    [Fact]
    public void A_file_and_its_bytes_are_the_same_picture()
    {
        MedicalImage loaded = GoldenPictures.Load("gray.png");
        MedicalImage decoded = MedicalImage.Decode(GoldenPictures.Bytes("gray.png"));

        Assert.Equal(loaded.ContentHash, decoded.ContentHash);
        Assert.Equal(Golden.Path("preprocess", "gray.png"), loaded.Source);
        Assert.Null(decoded.Source);
    }

    [Theory]
    [InlineData("no-such-file.png")]
    [InlineData("")]
    [InlineData("nul\0l.png")]
    public void A_path_that_is_no_file_is_named(string file)
    {
        string path = Golden.Path("preprocess", file);
        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Load(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }
}
