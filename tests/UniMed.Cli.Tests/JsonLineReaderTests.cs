using System.Text;
using CsCheck;
using UniMed.Cli.Rendering;
using UniMed.Cli.Requests;
using Xunit;

namespace UniMed.Tests;

public sealed class JsonLineReaderTests
{
    [Fact]
    public void Lines_come_as_they_were_written_however_they_are_cut_into_pieces() =>
        Gen.Select(Gen.String[Gen.Char["ab \r\n"], 0, 200], Gen.Int[1, 7]).Sample((text, piece) =>
        {
            string[] expected = [.. text.Split('\n').Where(line => line.Trim(' ', '\r').Length > 0)];
            using var stream = new TricklingStream(Encoding.UTF8.GetBytes(text), piece);
            List<JsonLine> lines = new JsonLineReader(stream, 1000).ReadAsync(TestContext.Current.CancellationToken).ToBlockingEnumerable(TestContext.Current.CancellationToken).ToList();
            Assert.Equal(expected, lines.Select(line => Encoding.UTF8.GetString(line.Bytes!)));
            Assert.All(lines.SkipLast(1), line => Assert.True(line.Terminated));
        });

    [Fact]
    public void A_byte_order_mark_is_skipped_and_lines_are_counted_from_one()
    {
        using var stream = new MemoryStream([0xEF, 0xBB, 0xBF, .. "\n\nx"u8]);
        JsonLine line = Assert.Single(new JsonLineReader(stream, 10).ReadAsync(TestContext.Current.CancellationToken).ToBlockingEnumerable(TestContext.Current.CancellationToken));
        Assert.Equal((3, "x", false), (line.Number, Encoding.UTF8.GetString(line.Bytes!), line.Terminated));
    }

    [Fact]
    public void A_line_beyond_the_bound_has_no_bytes_and_the_next_one_is_whole()
    {
        using var stream = new MemoryStream([.. "12345\n1234\n"u8]);
        List<JsonLine> lines = new JsonLineReader(stream, 4).ReadAsync(TestContext.Current.CancellationToken).ToBlockingEnumerable(TestContext.Current.CancellationToken).ToList();
        Assert.Null(lines[0].Bytes);
        Assert.Equal("1234", Encoding.UTF8.GetString(lines[1].Bytes!));
    }

    [Fact]
    public void Streamed_text_is_stripped_as_the_whole_text_is() =>
        Gen.String[Gen.Char["ab \n"], 0, 6].Array[0, 10].Sample(pieces =>
        {
            using var output = new StringWriter();
            var text = new StrippedText(output);
            foreach (string piece in pieces)
                text.Write(piece);
            Assert.Equal(string.Concat(pieces).Trim(), output.ToString());
        });
}
