using System.Text;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class PnmReaderTests
{
    [Fact]
    public void Comments_and_any_white_space_may_stand_in_a_header() =>
        Assert.Equal([1, 1, 1, 2, 2, 2], Decode("P2#one\n# two\r\n2\t#width\n1\n255\n1 # between\n2\n").Rgb.ToArray());

    [Fact]
    public void Bits_of_a_text_bitmap_need_no_space_between_them_and_1_is_black() =>
        Assert.Equal([0, 0, 0, 255, 255, 255, 0, 0, 0], Decode("P1 3 1 1 01").Rgb.ToArray());

    [Theory]
    [InlineData("P2 2 1 255 1", "samples are missing")]
    [InlineData("P2 2 1 255 1 x", "sample is no number")]
    [InlineData("P2 2 1 100 1 101", "a sample is 101")]
    [InlineData("P2 2 1 0 1 1", "largest sample is 0")]
    [InlineData("P2 2 1 65536 1 1", "largest sample is more than 65535")]
    [InlineData("P1 2 1 1 2", "neither 0 nor 1")]
    [InlineData("P5 2 1 255", "white space is missing")]
    [InlineData("P5 2 1 255\n1", "samples are missing")]
    [InlineData("P5  ", "it ends where a width is expected")]
    [InlineData("P5 20000 20000 255\n", "20000 x 20000")]
    [InlineData("P5 9999999999 1 255\n", "width is more than")]
    public void What_is_wrong_is_said(string file, string words)
    {
        string message = Assert.Throws<ImageException>(() => Decode(file)).Message;
        Assert.StartsWith("a.pgm: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    private static MedicalImage Decode(string file) => MedicalImage.Decode(Encoding.ASCII.GetBytes(file), source: "a.pgm");
}
