using CsCheck;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests.Tasks;

public class BoxTests
{
    private static PercentBox? Parsed(string text) => BoxAnswer.TryParse(text, out PercentBox box) ? box : null;

    [Fact]
    public void Boxes_of_the_evaluation_set_become_the_percent_of_its_answers()
    {
        EvaluationItem[] items = [.. EvaluationItem.All.Where(item => item.Task == "refer")];
        Assert.Equal(61, items.Length);
        Assert.All(items, item =>
        {
            PercentBox box = PercentBox.FromPixels(item.Box![0], item.Box[1], item.Box[2], item.Box[3], item.Width, item.Height);
            Assert.Equal(item.Answer, box.ToString());
            Assert.Equal(box, Parsed(item.Answer));
        });
    }

    [Fact]
    public void Percent_are_truncated_after_the_division()
    {
        Assert.Equal(new PercentBox(57, 0, 100, 100), PercentBox.FromPixels(29, 0, 21, 50, 50, 50));
        Assert.Equal(new PercentBox(0, 0, 99, 0), PercentBox.FromPixels(0.9, 0.9, 99, 0, 100, 100));
    }

    [Fact]
    public void Percent_come_back_as_pixels_without_rounding()
    {
        PixelBox box = new PercentBox(25, 10, 75, 999).ToPixels(181, 217);
        Assert.Equal(new PixelBox(45.25, 0.1 * 217, 135.75, 9.99 * 217), box);
        Assert.Equal((45.25, 0.1 * 217, 90.5, (9.99 * 217) - (0.1 * 217)), box.CocoXywh);
    }

    [Fact]
    public void Sizes_and_sides_that_are_no_numbers_of_pixels_are_refused()
    {
        Assert.Contains("0 x 5", Assert.Throws<UniMedException>(() => PercentBox.FromPixels(0, 0, 1, 1, 0, 5)).Message, StringComparison.Ordinal);
        Assert.Throws<UniMedException>(() => default(PercentBox).ToPixels(5, -1));
        Assert.Contains("NaN", Assert.Throws<UniMedException>(() => PercentBox.FromPixels(double.NaN, 0, 1, 1, 5, 5)).Message, StringComparison.Ordinal);
        Assert.Throws<UniMedException>(() => PercentBox.FromPixels(0, 0, 1, double.PositiveInfinity, 5, 5));
        Assert.Throws<UniMedException>(() => PercentBox.FromPixels(double.MaxValue, 0, double.MaxValue, 1, 5, 5));
    }

    [Fact]
    public void Any_box_of_one_to_three_digits_is_read_back() =>
        Gen.Int[0, 999].Array[4].Sample(n =>
        {
            PercentBox box = new(n[0], n[1], n[2], n[3]);
            Assert.Equal(box, Parsed(box.ToString()));
            Assert.Equal(box, Parsed($"<unk> {box} and more }}"));
        });

    [Theory]
    [InlineData("{<12><3><100><0>}")]
    [InlineData("{<12><3><100><0>}{<1><1><1><1>}")]
    [InlineData("{ <1 2> <3><1 00>< 0>} left kidney")]
    [InlineData("<unk>{<12><3><unk><100><0>}")]
    [InlineData("< unk>{<12><3><100><0>}", false)]
    [InlineData("{<012><3><100><000>}")]
    [InlineData("{<\u0661\u0662><3><100><0>}")]
    [InlineData("{<\U0001D7CF2><3><100><0>}")]
    public void The_box_is_what_the_start_of_the_answer_holds(string text, bool reads = true) =>
        Assert.Equal(reads ? new PercentBox(12, 3, 100, 0) : null, Parsed(text));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("the box {<12><3><100><0>}")]
    [InlineData("\n{<12><3><100><0>}")]
    [InlineData("{<12><3><100>}")]
    [InlineData("{<12><3><100><0>")]
    [InlineData("{<12><3><100><0><0>}")]
    [InlineData("{<1234><3><100><0>}")]
    [InlineData("{<><3><100><0>}")]
    [InlineData("{<-1><3><100><0>}")]
    [InlineData("{<1.5><3><100><0>}")]
    [InlineData("{<\u00B2><3><100><0>}")]
    [InlineData("{<\uD83E><3><100><0>}")]
    public void Anything_else_is_no_box(string text) => Assert.Null(Parsed(text));
}
