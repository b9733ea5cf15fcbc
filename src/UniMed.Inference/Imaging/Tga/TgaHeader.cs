using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Tga;

/// <summary>What a TGA file's header says, checked against the file: ImageSharp fills missing rows without a word.</summary>
/// <remarks>TGA has no signature: a file is taken for one where every member of its header makes sense.</remarks>
internal static class TgaHeader
{
    private const int Length = 18;
    private const int RunLength = 8;

    /// <summary>Whether a file's header makes sense as that of a TGA that is read: palette, RGB or gray, of 8 bits a channel.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= Length || (bytes[17] & 0xC0) != 0)
            return false;
        bool hasPalette = bytes[1] == 1;
        ReadOnlySpan<byte> palette = bytes[3..8];
        bool noPalette = bytes[1] == 0 && !palette.ContainsAnyExcept((byte)0);
        bool sized = BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]) > 0 && BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]) > 0;
        return sized && (bytes[2] & ~RunLength) switch
        {
            1 => hasPalette && bytes[16] == 8 && palette[4] is 24 or 32,
            2 => noPalette && bytes[16] is 24 or 32,
            3 => noPalette && bytes[16] is 8 or 16,
            _ => false,
        };
    }

    /// <summary>Checks that all pixels are there.</summary>
    /// <exception cref="ImageException">They are not, or the picture is beyond the limits.</exception>
    public static void Require(ReadOnlySpan<byte> tga, ImageLimits limits, string name)
    {
        int width = BinaryPrimitives.ReadUInt16LittleEndian(tga[12..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(tga[14..]);
        limits.RequireSize(width, height, name);
        int paletteBytes = tga[1] == 0 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(tga[5..]) * (tga[7] / 8);
        int start = Length + tga[0] + paletteBytes;
        int pixelBytes = tga[16] / 8;
        long pixels = (long)width * height;
        bool whole = start <= tga.Length && ((tga[2] & RunLength) == 0
            ? start + pixels * pixelBytes <= tga.Length
            : HasPixels(tga[start..], pixelBytes, pixels));
        if (!whole)
            throw new ImageException($"{name}: the TGA file is damaged or cut off: pixels are missing at its end. Fetch the file again.");
    }

    private static bool HasPixels(ReadOnlySpan<byte> packets, int pixelBytes, long pixels)
    {
        while (pixels > 0)
        {
            if (packets.IsEmpty)
                return false;
            int count = (packets[0] & 0x7F) + 1;
            int bytes = 1 + (packets[0] >= 0x80 ? 1 : count) * pixelBytes;
            if (bytes > packets.Length)
                return false;
            packets = packets[bytes..];
            pixels -= count;
        }

        return true;
    }
}
