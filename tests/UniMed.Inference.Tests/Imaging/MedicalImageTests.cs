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

    [Fact]
    public async Task A_stream_that_cannot_seek_is_the_same_picture()
    {
        byte[] png = GoldenPictures.Bytes("gray.png");
        string expected = MedicalImage.Decode(png).ContentHash;

        using TricklingStream once = new(png);
        using TricklingStream again = new(png);
        MedicalImage loaded = MedicalImage.Load(once, source: "upload");
        MedicalImage loadedAsync = await MedicalImage.LoadAsync(again, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((expected, "upload"), (loaded.ContentHash, loaded.Source));
        Assert.Equal((expected, null), (loadedAsync.ContentHash, loadedAsync.Source));
    }

    [Fact]
    public void A_seekable_stream_is_read_from_its_position()
    {
        byte[] png = GoldenPictures.Bytes("gray.png");
        using MemoryStream stream = new([1, 2, 3, .. png]);
        stream.Position = 3;
        Assert.Equal(MedicalImage.Decode(png).ContentHash, MedicalImage.Load(stream).ContentHash);
        Assert.True(stream.CanRead);
    }

    [Fact]
    public async Task An_endless_stream_ends_at_the_limit()
    {
        ImageDecodeOptions options = new() { Limits = new ImageLimits { MaxEncodedBytes = 100_000 } };
        using TricklingStream endless = new(GoldenPictures.Bytes("gray.png"), endless: true);

        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Load(endless, options, "camera"));
        Assert.StartsWith("camera: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("limit of 100000 bytes", error.Message, StringComparison.Ordinal);
        Assert.True(endless.BytesRead < 300_000);
        await Assert.ThrowsAsync<ImageException>(
            () => MedicalImage.LoadAsync(endless, options, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stream_that_fails_is_named_and_a_cancelled_one_is_cancelled()
    {
        using FileStream writeOnly = new(Path.GetTempFileName(), FileMode.Open, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        Assert.StartsWith("out: ", Assert.Throws<ImageException>(() => MedicalImage.Load(writeOnly, source: "out")).Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => MedicalImage.LoadAsync(new MemoryStream(GoldenPictures.Bytes("gray.png")), cancellationToken: new CancellationToken(true)));
    }

    [Fact]
    public void A_folder_is_named_as_one() => Assert.Contains(
        "this is a folder", Assert.Throws<ImageException>(() => MedicalImage.Load(Golden.Path("preprocess"))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_named_pipe_is_read_to_its_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in the file system.");
        string pipe = Path.Combine(Path.GetTempPath(), $"unimed-{Guid.NewGuid():N}.png");
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        try
        {
            Task writing = Task.Run(() => File.WriteAllBytes(pipe, GoldenPictures.Bytes("rgb_down.png")), TestContext.Current.CancellationToken);
            MedicalImage loaded = MedicalImage.Load(pipe);
            await writing;
            Assert.Equal(GoldenPictures.Load("rgb_down.png").ContentHash, loaded.ContentHash);
        }
        finally
        {
            File.Delete(pipe);
        }
    }
}
