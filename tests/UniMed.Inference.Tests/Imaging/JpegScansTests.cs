using UniMed.Inference.Imaging;
using Xunit;

namespace UniMed.Inference.Tests.Imaging;

public class JpegScansTests
{
    private const byte Baseline = 0xC0;
    private const byte Progressive = 0xC2;
    private static readonly byte[] Start = [0xFF, 0xD8];
    private static readonly byte[] End = [0xFF, 0xD9];

    /// <summary>Entropy-coded bytes with a stuffed 0xFF and a restart marker.</summary>
    private static readonly byte[] Entropy = [1, 2, 0xFF, 0x00, 0xD9, 3, 0xFF, 0xD3, 4];

    [Fact]
    public void A_progressive_picture_needs_its_end_marker()
    {
        byte[] whole = [.. Start, .. Frame(Progressive, 3), .. Scan(3), .. Entropy, .. Scan(1), .. Entropy, .. End];
        Assert.True(JpegScans.AreComplete(whole));
        for (int length = Start.Length + Frame(Progressive, 3).Length; length < whole.Length; length++)
            Assert.False(JpegScans.AreComplete(whole.AsSpan(0, length)));
    }

    [Fact]
    public void A_sequential_picture_with_a_scan_for_each_component_needs_it_too()
    {
        byte[] whole = [.. Start, .. Frame(Baseline, 3), .. Scan(1), .. Entropy, .. Scan(1), .. Entropy, .. Scan(1), .. Entropy, .. End];
        Assert.True(JpegScans.AreComplete(whole));
        Assert.False(JpegScans.AreComplete(whole.AsSpan(0, whole.Length - 2)));
    }

    [Fact]
    public void A_single_scan_is_left_to_the_decoder()
    {
        byte[] whole = [.. Start, .. Frame(Baseline, 3), .. Scan(3), .. Entropy, .. End];
        for (int length = 0; length <= whole.Length; length++)
            Assert.True(JpegScans.AreComplete(whole.AsSpan(0, length)));
    }

    private static byte[] Frame(byte marker, byte components) =>
        [0xFF, marker, 0, (byte)(8 + 3 * components), 8, 0, 16, 0, 16, components, .. new byte[3 * components]];

    private static byte[] Scan(byte components) =>
        [0xFF, 0xDA, 0, (byte)(6 + 2 * components), components, .. new byte[2 * components], 0, 63, 0];
}
