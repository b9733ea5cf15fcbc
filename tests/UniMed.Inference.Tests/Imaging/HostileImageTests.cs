using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class HostileImageTests
{
    public static TheoryData<string> Readable => GoldenPictures.Readable;

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_cut_file_is_an_error_or_the_whole_picture_never_a_part(string file)
    {
        byte[] whole = GoldenPictures.Bytes(file);
        string expected = MedicalImage.Decode(whole).ContentHash;
        int step = Math.Max(whole.Length / 150, 1);
        IEnumerable<int> lengths = Enumerable.Range(0, whole.Length).Where(n => n < 4 || n % step == 0 || n > whole.Length - 20);
        int refused = 0;
        foreach (int length in lengths)
        {
            try
            {
                Assert.Equal(expected, MedicalImage.Decode(whole.AsSpan(0, length), source: file).ContentHash);
            }
            catch (ImageException error)
            {
                Assert.StartsWith(file + ": ", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(refused >= Math.Min(150, whole.Length / 2));
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_damaged_file_is_a_picture_or_an_error_and_nothing_else(string file)
    {
        byte[] whole = GoldenPictures.Bytes(file);
        Random random = new(whole.Length);
        ImageDecodeOptions options = new() { Limits = new ImageLimits { MaxPixels = 4_000_000 } };
        for (int round = 0; round < 100; round++)
        {
            byte[] damaged = [.. whole];
            int reach = round % 2 == 0 ? Math.Min(64, whole.Length) : whole.Length;
            for (int change = 0; change <= round % 5; change++)
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

    [Fact]
    public void An_absurd_size_is_refused_from_the_header()
    {
        byte[] huge = PngFile.Create(1, 1, 8, 2, [1, 2, 3]);
        byte[] header = PngFile.Chunk("IHDR", [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
        header.CopyTo(huge, 8);
        Assert.Throws<ImageException>(() => MedicalImage.Decode(huge));

        byte[] gray = PngFile.Gray16([1], 1, 1);
        PngFile.Chunk("IHDR", [0, 0, 0x40, 0, 0, 0, 0x40, 0, 16, 0, 0, 0, 0]).CopyTo(gray, 8);
        ImageException error = Assert.Throws<ImageException>(() => MedicalImage.Decode(gray));
        Assert.Contains("268435456 pixels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Limits_hold_for_every_format_and_say_which_one(string file)
    {
        MedicalImage image = GoldenPictures.Load(file);
        Assert.Contains(
            nameof(ImageLimits.MaxPixels),
            Refusal(new ImageLimits { MaxPixels = (long)image.Width * image.Height - 1 }),
            StringComparison.Ordinal);
        Assert.Contains(
            nameof(ImageLimits.MaxDimension),
            Refusal(new ImageLimits { MaxDimension = Math.Max(image.Width, image.Height) - 1 }),
            StringComparison.Ordinal);
        Assert.Contains(
            nameof(ImageLimits.MaxEncodedBytes),
            Refusal(new ImageLimits { MaxEncodedBytes = GoldenPictures.Bytes(file).Length - 1 }),
            StringComparison.Ordinal);

        string Refusal(ImageLimits limits) => Assert.Throws<ImageException>(
            () => MedicalImage.Decode(GoldenPictures.Bytes(file), new ImageDecodeOptions { Limits = limits }, file)).Message;
    }
}
