namespace UniMed.Inference.Tests.Imaging.Jpeg;

/// <summary>JPEG files written by hand, marker by marker.</summary>
internal static class JpegBytes
{
    public const byte Baseline = 0xC0;
    public const byte Progressive = 0xC2;

    /// <summary>The value bits and codes of one gray block whose coefficients are all zero, in the tables of <see cref="Tables"/>.</summary>
    public const byte ZeroBlock = 0b0011_1111;

    public static byte[] Start => [0xFF, 0xD8];

    public static byte[] End => [0xFF, 0xD9];

    /// <summary>Quantization by one, and Huffman tables with a single code "0": no difference, end of block.</summary>
    public static byte[] Tables =>
    [
        .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]),
        .. HuffmanTable(0x00, [0]),
        .. HuffmanTable(0x10, [0]),
    ];

    /// <summary>A marker with its segment.</summary>
    public static byte[] Segment(byte marker, params byte[] data) =>
        [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];

    /// <summary>A frame header of one component.</summary>
    public static byte[] GrayFrame(byte marker, int width, int height) =>
        Segment(marker, 8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0);

    /// <summary>A scan header for component 1 with tables 0.</summary>
    public static byte[] GrayScan(int first = 0, int last = 63, int high = 0, int low = 0) =>
        Segment(0xDA, 1, 1, 0x00, (byte)first, (byte)last, (byte)(high << 4 | low));

    /// <summary>A table with codes of 1, 2, 3... bits for the symbols.</summary>
    public static byte[] HuffmanTable(byte classAndSlot, params byte[] symbols)
    {
        byte[] counts = new byte[16];
        counts.AsSpan(0, symbols.Length).Fill(1);
        return Segment(0xC4, [classAndSlot, .. counts, .. symbols]);
    }

    /// <summary>A baseline picture of 8 x 8 that is gray.</summary>
    public static byte[] Smallest() => [.. Start, .. Tables, .. GrayFrame(Baseline, 8, 8), .. GrayScan(), ZeroBlock, .. End];

    /// <summary>Where a marker stands, the first of them.</summary>
    public static int Find(ReadOnlySpan<byte> jpeg, byte marker) => jpeg.IndexOf((ReadOnlySpan<byte>)[0xFF, marker]);
}
