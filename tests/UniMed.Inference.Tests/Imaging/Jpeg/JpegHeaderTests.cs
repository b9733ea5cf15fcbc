using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

/// <summary>Files written by hand: each differs from a readable one in one place.</summary>
public class JpegHeaderTests
{
    private static readonly byte[] Zero = [JpegBytes.ZeroBlock];

    public static TheoryData<byte[], string> Damaged => new()
    {
        { [.. JpegBytes.Start, .. JpegBytes.End], "ends without a picture" },
        { [.. JpegBytes.Start, .. JpegBytes.Tables, .. JpegBytes.GrayScan(), .. Zero, .. JpegBytes.End], "before its frame header" },
        { [.. JpegBytes.Start, .. Gray(), .. Gray(), .. JpegBytes.GrayScan(), .. Zero, .. JpegBytes.End], "two frame headers" },
        { [.. JpegBytes.Start, .. Gray(), .. JpegBytes.GrayScan(), .. Zero, .. JpegBytes.End], "quantization table 0 is used and not defined" },
        { With(JpegBytes.HuffmanTable(0x05, 0)), "Huffman table has a wrong number" },
        { With(JpegBytes.HuffmanTable(0x20, 0)), "Huffman table has a wrong number" },
        { With(JpegBytes.Segment(0xDB, 4, 1)), "quantization table has a wrong number" },
        { With(JpegBytes.Segment(0xDD, 1)), "restart interval" },
        { With([0xFF, 0xD8]), "second start marker" },
        { With([0xFF, 0x42, 0, 2]), "0xFF42" },
        { With([0xFF, 0xFE, 0, 1]), "a segment says that it has 1 bytes" },
        { Framed(JpegBytes.Segment(0xC0, 8, 0, 8, 0, 8, 1, 1, 0x51, 0)), "sampled 5 x 1" },
        { Framed(JpegBytes.Segment(0xC0, 8, 0, 8, 0, 8, 1, 1, 0x11, 4)), "quantization table 4" },
        { Framed(JpegBytes.Segment(0xC0, 8, 0, 8, 0, 8, 2, 1, 0x11, 0)), "wrong length" },
        { Framed(JpegBytes.Segment(0xC0, 8, 0, 0, 0, 8, 1, 1, 0x11, 0)), "8 x 0 pixels" },
        { Framed(JpegBytes.Segment(0xC0, 8, 0, 8, 0, 0, 1, 1, 0x11, 0)), "0 x 8 pixels" },
        { Scanned(JpegBytes.Segment(0xDA, 1, 9, 0, 0, 63, 0)), "component 9" },
        { Scanned(JpegBytes.Segment(0xDA, 1, 1, 0x40, 0, 63, 0)), "table beyond 3" },
        { Scanned(JpegBytes.Segment(0xDA, 1, 1, 0x02, 0, 63, 0)), "a Huffman table is used and not defined" },
        { Scanned(JpegBytes.Segment(0xDA, 1, 1, 0x00, 0, 63)), "scan header has a wrong length" },
        { ProgressiveScans(JpegBytes.GrayScan(0, 5)), "coefficients 0 to 5" },
        { ProgressiveScans(JpegBytes.GrayScan(5, 4)), "coefficients 5 to 4" },
        { ProgressiveScans(JpegBytes.GrayScan(1, 64)), "coefficients 1 to 64" },
        { ProgressiveScans(JpegBytes.GrayScan(0, 0, 3, 1)), "bits 3 to 1" },
        { ProgressiveScans(JpegBytes.GrayScan(0, 0), JpegBytes.GrayScan(0, 0)), "repeat or leave out" },
        { ProgressiveScans(JpegBytes.GrayScan(0, 0, 2, 1)), "repeat or leave out" },
        { ProgressiveScans(JpegBytes.GrayScan(0, 0)), "full accuracy" },
        { ProgressiveScans(JpegBytes.GrayScan(0, 0), JpegBytes.GrayScan(1, 63, 0, 1)), "full accuracy" },
    };

    public static TheoryData<byte[], string> Unsupported => new()
    {
        { Framed(JpegBytes.Segment(0xC0, 8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0)), "2 colour components" },
        { Framed(JpegBytes.Segment(0xC0, 16, 0, 8, 0, 8, 1, 1, 0x11, 0)), "16 bits a sample" },
        { With([0xFF, 0xDE, 0, 2]), "hierarchical" },
    };

    [Fact]
    public void The_smallest_file_is_a_gray_block()
    {
        byte[] rgb = JpegDecoder.DecodeRgb(JpegBytes.Smallest(), ImageLimits.Default, "a.jpg", out int width, out int height);
        Assert.Equal((8, 8), (width, height));
        Assert.All(rgb, sample => Assert.Equal(128, sample));
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_header_is_named(byte[] jpeg, string words)
    {
        string message = Refusal(jpeg);
        Assert.StartsWith("a.jpg: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void An_uncommon_kind_is_named_with_what_to_do(byte[] jpeg, string words)
    {
        string message = Refusal(jpeg);
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.Contains("PNG", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_height_behind_the_scan_is_found()
    {
        byte[] jpeg = JpegGoldenFiles.Bytes("restart_gray.jpg");
        byte[] expected = JpegGoldenFiles.Decode(jpeg);
        int height = JpegBytes.Find(jpeg, JpegBytes.Baseline) + 5;
        byte[] lines = JpegBytes.Segment(0xDC, jpeg[height], jpeg[height + 1]);
        jpeg[height] = jpeg[height + 1] = 0;
        Assert.Contains("67 x 0 pixels", Refusal(jpeg), StringComparison.Ordinal);
        Assert.Equal(expected, JpegGoldenFiles.Decode([.. jpeg[..^2], .. lines, .. JpegBytes.End]));
    }

    [Fact]
    public void Limits_are_applied_to_the_header()
    {
        byte[] jpeg = JpegGoldenFiles.Bytes("progressive_420.jpg");
        Assert.Contains("67 x 45", Refusal(jpeg, new ImageLimits { MaxDimension = 66 }), StringComparison.Ordinal);
        Assert.Contains("3015 pixels", Refusal(jpeg, new ImageLimits { MaxPixels = 3014 }), StringComparison.Ordinal);
    }

    private static string Refusal(byte[] jpeg, ImageLimits? limits = null) => Assert.Throws<ImageException>(
        () => JpegDecoder.DecodeRgb(jpeg, limits ?? ImageLimits.Default, "a.jpg", out _, out _)).Message;

    private static byte[] Gray() => JpegBytes.GrayFrame(JpegBytes.Baseline, 8, 8);

    private static byte[] With(byte[] segment) =>
        [.. JpegBytes.Start, .. JpegBytes.Tables, .. segment, .. Gray(), .. JpegBytes.GrayScan(), .. Zero, .. JpegBytes.End];

    private static byte[] Framed(byte[] frame) =>
        [.. JpegBytes.Start, .. JpegBytes.Tables, .. frame, .. JpegBytes.GrayScan(), .. Zero, .. JpegBytes.End];

    private static byte[] Scanned(byte[] scan) => [.. JpegBytes.Start, .. JpegBytes.Tables, .. Gray(), .. scan, .. Zero, .. JpegBytes.End];

    private static byte[] ProgressiveScans(params byte[][] scans) =>
    [
        .. JpegBytes.Start, .. JpegBytes.Tables, .. JpegBytes.GrayFrame(JpegBytes.Progressive, 8, 8),
        .. scans.SelectMany(scan => scan.Concat(Zero)), .. JpegBytes.End,
    ];
}
