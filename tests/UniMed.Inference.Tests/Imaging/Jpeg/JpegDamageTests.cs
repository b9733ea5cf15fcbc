using UniMed.Inference.Imaging.Jpeg;
using Xunit;

namespace UniMed.Inference.Tests.Imaging.Jpeg;

public class JpegDamageTests
{
    [Theory]
    [MemberData(nameof(JpegGoldenFiles.Names), MemberType = typeof(JpegGoldenFiles))]
    public void A_cut_file_is_an_error_or_the_whole_picture_never_a_part(string file)
    {
        byte[] whole = JpegGoldenFiles.Bytes(file);
        byte[] expected = JpegGoldenFiles.Decode(whole);
        int step = Math.Max(whole.Length / 100, 1);
        for (int length = 0; length < whole.Length; length += length > whole.Length - 20 ? 1 : step)
        {
            byte[] cut = whole[..length];
            if (TryDecode(cut) is { } rgb)
                Assert.Equal(expected, rgb);
        }
    }

    [Theory]
    [InlineData("sampling_2x2.jpg", true)]
    [InlineData("gray.jpg", true)]
    [InlineData("restart_every_row.jpg", true)]
    [InlineData("sequential_one_scan_each.jpg", false)]
    [InlineData("progressive_420.jpg", false)]
    [InlineData("progressive_gray.jpg", false)]
    public void Without_its_end_marker_a_picture_in_one_scan_is_whole_and_one_in_several_may_not_be(string file, bool isRead)
    {
        byte[] whole = JpegGoldenFiles.Bytes(file);
        byte[]? rgb = TryDecode(whole[..^2]);
        Assert.Equal(isRead ? JpegGoldenFiles.Decode(whole) : null, rgb);
    }

    [Theory]
    [MemberData(nameof(JpegGoldenFiles.Names), MemberType = typeof(JpegGoldenFiles))]
    public void A_damaged_file_is_a_picture_or_an_error_and_nothing_else(string file)
    {
        byte[] whole = JpegGoldenFiles.Bytes(file);
        Random random = new(whole.Length);
        ImageLimits limits = new() { MaxPixels = 1_000_000 };
        for (int round = 0; round < 60; round++)
        {
            byte[] damaged = [.. whole];
            for (int change = 0; change <= round % 4; change++)
                damaged[random.Next(round % 2 == 0 ? Math.Min(700, whole.Length) : whole.Length)] = (byte)random.Next(256);
            try
            {
                byte[] rgb = JpegDecoder.DecodeRgb(damaged, limits, file, out int width, out int height);
                Assert.Equal(width * height * 3, rgb.Length);
            }
            catch (ImageException)
            {
                // A clear refusal is as good as a picture; anything else fails the test.
            }
        }
    }

    [Fact]
    public void A_restart_marker_out_of_turn_is_damage()
    {
        byte[] jpeg = JpegGoldenFiles.Bytes("restart_every_3.jpg");
        int third = JpegBytes.Find(jpeg, 0xD2);
        jpeg[third + 1] = 0xD5;
        Assert.Contains("restart marker 2 is missing", Refusal(jpeg), StringComparison.Ordinal);
    }

    [Fact]
    public void A_marker_in_the_middle_of_a_scan_is_an_error()
    {
        byte[] jpeg = JpegGoldenFiles.Bytes("gray.jpg");
        Assert.Contains("cut off", Refusal([.. jpeg[..^200], 0xFF, 0xD3, .. jpeg[^200..]]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JpegBytes.Baseline)]
    [InlineData(JpegBytes.Progressive)]
    public void A_small_file_that_claims_to_be_huge_is_refused_before_memory_is_taken(byte frame)
    {
        byte[] scan = frame == JpegBytes.Baseline ? JpegBytes.GrayScan() : JpegBytes.GrayScan(0, 0);
        byte[] jpeg =
            [.. JpegBytes.Start, .. JpegBytes.Tables, .. JpegBytes.GrayFrame(frame, 10000, 10000), .. scan, .. new byte[9000], .. JpegBytes.End];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("cut off", Refusal(jpeg), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Hundreds_of_scans_that_add_a_bit_each_are_refused()
    {
        List<byte> jpeg = [.. JpegBytes.Start, .. JpegBytes.Tables, .. JpegBytes.GrayFrame(JpegBytes.Progressive, 8, 8)];
        for (int coefficient = 0; coefficient < 64; coefficient++)
        {
            for (int low = 13; low >= 0; low--)
                jpeg.AddRange([.. JpegBytes.GrayScan(coefficient, coefficient, low == 13 ? 0 : low + 1, low), JpegBytes.ZeroBlock]);
        }

        string message = Refusal([.. jpeg, .. JpegBytes.End]);
        Assert.Contains("501 scans", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_leaves_its_block_is_damage()
    {
        // The code "10" stands for fifteen zeros and a one: five of them are more than a block holds.
        byte[] jpeg =
        [
            .. JpegBytes.Start, .. JpegBytes.Tables, .. JpegBytes.HuffmanTable(0x10, 0, 0xF1),
            .. JpegBytes.GrayFrame(JpegBytes.Baseline, 8, 8), .. JpegBytes.GrayScan(), 0b0_101_101_1, 0b01_101_101, .. new byte[8], .. JpegBytes.End,
        ];
        Assert.Contains("more than 64 coefficients", Refusal(jpeg), StringComparison.Ordinal);
    }

    private static byte[]? TryDecode(byte[] jpeg)
    {
        try
        {
            return JpegGoldenFiles.Decode(jpeg);
        }
        catch (ImageException error)
        {
            Assert.StartsWith("a.jpg: ", error.Message, StringComparison.Ordinal);
            return null;
        }
    }

    private static string Refusal(byte[] jpeg) => Assert.Throws<ImageException>(() => JpegGoldenFiles.Decode(jpeg)).Message;
}
