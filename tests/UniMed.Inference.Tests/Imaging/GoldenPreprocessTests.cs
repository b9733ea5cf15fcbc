using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class GoldenPreprocessTests
{
    public static TheoryData<string> Readable => GoldenPictures.Readable;

    [Theory]
    [MemberData(nameof(Readable))]
    public void Decoding_and_resizing_give_the_reference_bytes_lossy_formats_included(string file)
    {
        MedicalImage image = GoldenPictures.Load(file);
        int[] sizes = [.. GoldenPictures.Sizes(file)];

        Assert.True(sizes.Length >= 2);
        foreach (int size in sizes)
        {
            byte[] resized = BicubicResize.Resize(image.Rgb, image.Width, image.Height, size, size);
            Assert.Equal(GoldenPictures.Expected(file, size), resized);
        }
    }

    [Fact]
    public void All_twenty_six_pictures_are_listed() => Assert.Equal(26, GoldenPictures.All.Count);
}
