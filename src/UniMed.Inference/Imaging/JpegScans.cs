using System.Buffers.Binary;

namespace UniMed.Inference.Imaging;

/// <summary>Tells whether a JPEG file holds all of its scans.</summary>
/// <remarks>
/// Where the picture is spread over several scans (progressive, or one scan for each component), a file that is cut between or within
/// them still has every pixel, only coarser, and Skia returns that as a success. Such a file is whole only when its end marker is there.
/// Of a picture in a single scan Skia itself notices missing rows.
/// </remarks>
internal static class JpegScans
{
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte FirstRestart = 0xD0;
    private const byte LastRestart = 0xD7;

    /// <summary>False where scans of a picture in several of them are missing.</summary>
    public static bool AreComplete(ReadOnlySpan<byte> jpeg)
    {
        int components = 0;
        bool severalScans = false;
        int position = 2;
        while (TryNextMarker(jpeg, ref position, out byte marker))
        {
            if (marker == EndOfImage)
                return true;
            if (position + 2 > jpeg.Length)
                break;

            int end = position + BinaryPrimitives.ReadUInt16BigEndian(jpeg[position..]);
            if (IsFrame(marker) && position + 7 < jpeg.Length)
            {
                components = jpeg[position + 7];
                severalScans = (marker & 3) == 2;
            }
            else if (marker == StartOfScan && position + 2 < jpeg.Length)
            {
                severalScans |= jpeg[position + 2] < components;
            }

            position = end;
        }

        return !severalScans;
    }

    /// <summary>Whether a marker begins a frame: SOF0 to SOF15, without the table markers DHT, JPG and DAC among them.</summary>
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>Moves behind the next marker, over entropy-coded data, restart markers and fill bytes.</summary>
    private static bool TryNextMarker(ReadOnlySpan<byte> jpeg, ref int position, out byte marker)
    {
        for (; position + 1 < jpeg.Length; position++)
        {
            marker = jpeg[position + 1];
            if (jpeg[position] == 0xFF && marker is not (0x00 or 0xFF or (>= FirstRestart and <= LastRestart)))
            {
                position += 2;
                return true;
            }
        }

        marker = 0;
        return false;
    }
}
