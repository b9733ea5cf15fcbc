using UniMed.Inference.Imaging;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class ImageAnnotatorTests
{
    private const int Enlarged = 512;

    private static readonly MedicalImage Gray = MedicalImage.FromGray8([.. Enumerable.Repeat((byte)90, 100 * 60)], 100, 60);

    [Fact]
    public void A_picture_is_enlarged_by_a_whole_number_when_it_is_asked_for()
    {
        MedicalImage drawn = MedicalImage.Decode(ImageAnnotator.Draw(Gray, [], minimumSide: 512));
        Assert.Equal((600, 360), (drawn.Width, drawn.Height));
        Assert.All(drawn.Rgb.ToArray(), value => Assert.Equal(90, value));
    }

    [Fact]
    public void A_picture_keeps_its_size_unless_asked()
    {
        MedicalImage drawn = MedicalImage.Decode(ImageAnnotator.Draw(Gray, new PixelBox(10, 20, 50, 40), "spleen"));

        Assert.Equal((100, 60), (drawn.Width, drawn.Height));
        Assert.NotEqual(Pixel(Gray, 10, 20), Pixel(drawn, 10, 20));
        Assert.Equal(Pixel(Gray, 90, 50), Pixel(drawn, 90, 50));
        Assert.Equal(Gray.ContentHash, MedicalImage.Decode(ImageAnnotator.Draw(Gray, [])).ContentHash);
    }

    [Fact]
    public void A_box_is_drawn_as_an_annotation_of_it_is()
    {
        var box = new PixelBox(10.2, 20, 50, 40);
        Assert.Equal(ImageAnnotator.Draw(Gray, [new Annotation(box, "spleen")]), ImageAnnotator.Draw(Gray, box, "spleen"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16385)]
    public void A_side_out_of_range_is_refused(int side) =>
        Assert.Equal("minimumSide", Assert.Throws<ArgumentOutOfRangeException>(() => ImageAnnotator.Draw(Gray, [], side)).ParamName);

    [Fact]
    public void A_large_picture_keeps_its_size()
    {
        MedicalImage drawn = MedicalImage.Decode(ImageAnnotator.Draw(Gray, [], minimumSide: 100));
        Assert.Equal(Gray.ContentHash, drawn.ContentHash);
    }

    [Fact]
    public void Each_annotation_has_a_colour_of_its_own()
    {
        Annotation[] annotations = [.. Enumerable.Range(0, 12).Select(i => new Annotation(new PixelBox(i * 8, 30, i * 8 + 6, 40)))];
        MedicalImage drawn = MedicalImage.Decode(ImageAnnotator.Draw(Gray, annotations, Enlarged));

        (byte, byte, byte)[] corners = [.. annotations.Select(a => Pixel(drawn, (int)a.Box.X1 * 6, (int)a.Box.Y1 * 6))];

        Assert.Equal(12, corners.Distinct().Count());
        Assert.All(corners, corner => Assert.NotEqual(((byte)90, (byte)90, (byte)90), corner));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(90, 0)]
    [InlineData(0, 55)]
    [InlineData(95, 55)]
    public void The_name_is_drawn_whole_wherever_the_box_is(int x, int y)
    {
        MedicalImage drawn = MedicalImage.Decode(ImageAnnotator.Draw(Gray, new PixelBox(x, y, x + 5, y + 5), "Left lung", Enlarged));
        MedicalImage central = MedicalImage.Decode(ImageAnnotator.Draw(Gray, new PixelBox(40, 30, 45, 35), "Left lung", Enlarged));

        // The first annotation's letters are black on a bright plate: every dot of the name is there.
        Assert.Equal(Count(central, (0, 0, 0)), Count(drawn, (0, 0, 0)));
        Assert.True(Count(drawn, (0, 0, 0)) > 100);
    }

    [Fact]
    public void Names_of_coinciding_boxes_do_not_cover_each_other()
    {
        Annotation[] same = [.. Enumerable.Repeat(new Annotation(new PixelBox(10, 10, 50, 50), "Edema"), 4)];
        int alone = Count(MedicalImage.Decode(ImageAnnotator.Draw(Gray, same[..1], Enlarged)), (0, 0, 0));
        MedicalImage drawn = MedicalImage.Decode(ImageAnnotator.Draw(Gray, same, Enlarged));
        Assert.True(Count(drawn, (0, 0, 0)) + Count(drawn, (255, 255, 255)) >= 4 * alone);
    }

    [Fact]
    public void Odd_boxes_and_names_are_drawn_as_far_as_they_can_be()
    {
        Annotation[] odd =
        [
            new(new(-1e12, -5, 1e12, 5), "beyond"), new(new(50, 50, 40, 40), "reversed"), new(new(20, 20, 20, 20), "a point"),
            new(new(500, 500, 600, 600), "outside"), new(new(1, 1, 2, 2), new string('w', 1000)), new(new(3, 3, 30, 30), "\u00d6dem\n\ud83e\ude7b"),
        ];
        Assert.NotEmpty(ImageAnnotator.Draw(Gray, odd));
        Assert.NotEmpty(ImageAnnotator.Draw(Gray, odd, Enlarged));
        Assert.NotEmpty(ImageAnnotator.Draw(MedicalImage.FromGray8([5], 1, 1), odd, minimumSide: 1));
        Assert.NotEmpty(ImageAnnotator.Draw(MedicalImage.FromGray8(new byte[3000], 3000, 1), odd));
    }

    [Fact]
    public void A_coordinate_that_is_no_number_is_refused_with_the_name() =>
        Assert.Contains(
            "spleen",
            Assert.Throws<ArgumentException>(() => ImageAnnotator.Draw(Gray, new PixelBox(0, 0, double.NaN, 1), "spleen")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Every_printable_letter_has_its_own_dots()
    {
        string[] letters =
        [
            .. Enumerable.Range('!', '~' - '!' + 1).Select(code => string.Concat(
                from row in Enumerable.Range(0, DotFont.GlyphHeight)
                from column in Enumerable.Range(0, DotFont.GlyphWidth)
                select DotFont.HasDot((char)code, column, row) ? '#' : '.')),
        ];
        Assert.Equal(letters.Length, letters.Distinct().Count());
        Assert.All(letters, dots => Assert.Contains('#', dots));
    }

    private static (byte Red, byte Green, byte Blue) Pixel(MedicalImage image, int x, int y)
    {
        ReadOnlySpan<byte> pixel = image.Rgb.Slice((y * image.Width + x) * 3, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    private static int Count(MedicalImage image, (byte, byte, byte) color) =>
        image.Rgb.ToArray().Chunk(3).Count(pixel => (pixel[0], pixel[1], pixel[2]) == color);
}
