using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class GoldenFormatsTests
{
    public static TheoryData<string, int, int, string> OfPillow => GoldenFormats.OfPillow;

    public static TheoryData<string, int, int, string> Windowed => GoldenFormats.Windowed;

    public static TheoryData<string, string> Refused => GoldenFormats.Refused;

    public static TheoryData<string> Readable => GoldenFormats.Readable;

    [Theory]
    [MemberData(nameof(OfPillow))]
    public void Every_kind_of_every_format_has_pillows_bytes(string file, int width, int height, string sha256) => Verify(file, width, height, sha256);

    [Theory]
    [MemberData(nameof(Windowed))]
    public void Gray_of_more_than_8_bits_keeps_them_up_to_the_window(string file, int width, int height, string sha256) => Verify(file, width, height, sha256);

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_read_is_refused_by_name(string file, string words)
    {
        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Decode(GoldenFormats.Bytes(file), source: file));
        Assert.StartsWith(file + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Cut_anywhere_it_is_an_error_or_the_whole_picture(string file)
    {
        byte[] whole = GoldenFormats.Bytes(file);
        string expected = MedicalImage.Decode(whole).ContentHash;

        // A text file that is cut within its last number has a last number still.
        int last = file is "p2.pgm" or "p2_100.pgm" or "p3.ppm" ? whole.Length - 3 : whole.Length;
        int step = Math.Max(whole.Length / 120, 1);
        foreach (int length in Enumerable.Range(0, last).Where(n => n < 40 || n % step == 0 || n > last - 40))
        {
            try
            {
                Assert.Equal(expected, MedicalImage.Decode(whole.AsSpan(0, length)).ContentHash);
            }
            catch (ImageException)
            {
                // An error is what most cuts are.
            }
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Damaged_it_is_a_picture_or_an_error_and_nothing_else(string file)
    {
        byte[] whole = GoldenFormats.Bytes(file);
        Random random = new(whole.Length);
        ImageDecodeOptions options = new() { Limits = new ImageLimits { MaxPixels = 1_000_000 } };
        for (int round = 0; round < 60; round++)
        {
            byte[] damaged = [.. whole];
            int reach = round % 2 == 0 ? Math.Min(160, whole.Length) : whole.Length;
            for (int change = 0; change <= round % 4; change++)
                damaged[random.Next(reach)] = (byte)random.Next(256);
            try
            {
                MedicalImage image = MedicalImage.Decode(damaged, options);
                Assert.Equal(image.Width * image.Height * 3, image.Rgb.Length);
            }
            catch (ImageException)
            {
                // A clear refusal is as good as a picture; anything else fails the test.
            }
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Limits_hold_before_pixels_are_decoded(string file)
    {
        ImageDecodeOptions options = new() { Limits = new ImageLimits { MaxPixels = 1000 } };
        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Decode(GoldenFormats.Bytes(file), options, file));
        Assert.Contains(nameof(ImageLimits.MaxPixels), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_memory_held_before_never_shows_in_a_cut_picture()
    {
        byte[] first = GoldenFormats.Bytes("webp_rgb_ll.webp");
        MedicalImage.Decode(first);
        byte[] cut = [.. first.AsSpan(0, first.Length / 2)];
        BitConverter.TryWriteBytes(cut.AsSpan(4), cut.Length - 8);
        Assert.Throws<ImageException>(() => MedicalImage.Decode(cut));
    }

    [Fact]
    public void Many_threads_decode_at_once()
    {
        (string File, string Hash)[] expected = [.. GoldenFormats.OfPillow.Select(row => (row.Data.Item1, row.Data.Item4))];
        Parallel.For(0, expected.Length * 2, i =>
        {
            (string file, string hash) = expected[i % expected.Length];
            Assert.Equal(hash, GoldenFormats.Sha256(MedicalImage.Decode(GoldenFormats.Bytes(file)).Rgb));
        });
    }

    private static void Verify(string file, int width, int height, string sha256)
    {
        MedicalImage image = MedicalImage.Decode(GoldenFormats.Bytes(file), source: file);
        Assert.Equal((width, height), (image.Width, image.Height));
        Assert.Equal(sha256, GoldenFormats.Sha256(image.Rgb));
    }
}
