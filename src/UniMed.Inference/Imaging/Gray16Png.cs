using System.Buffers.Binary;
using System.IO.Compression;

namespace UniMed.Inference.Imaging;

/// <summary>A strict reader of 16-bit grayscale PNG, and of nothing else.</summary>
/// <remarks>
/// Skia reduces such files to 8 bits, or to half floats of 11 significant bits, whatever is asked of it; the samples of a scan need
/// all 16 until they are windowed. Follows the PNG specification (ISO/IEC 15948): checksums, the five row filters, Adam7 interlacing.
/// Transparency is ignored, as Pillow ignores it.
/// </remarks>
internal static class Gray16Png
{
    private const int BytesPerSample = 2;
    private const int HeaderLength = 13;
    private const int BitDepthOffset = 24;
    private const int ColorTypeOffset = 25;

    /// <summary>Where each Adam7 pass begins and how far apart its pixels are: x, y, dx, dy.</summary>
    private static readonly (int X, int Y, int DeltaX, int DeltaY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int DeltaX, int DeltaY)[] Progressive = [(0, 0, 1, 1)];

    /// <summary>Whether a PNG file's header says 16 bits of gray without alpha.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> png) =>
        png.Length > ColorTypeOffset && png[BitDepthOffset] == 16 && png[ColorTypeOffset] == 0;

    /// <summary>Reads the samples, row-major.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, or beyond the limits.</exception>
    public static ushort[] Read(ReadOnlySpan<byte> png, ImageLimits limits, string name, out int width, out int height)
    {
        PngChunks chunks = new(png, name);
        chunks.Next();
        if (!chunks.Type.SequenceEqual("IHDR"u8) || chunks.Data.Length != HeaderLength)
            throw Damaged(name, "it does not begin with its header");
        width = BinaryPrimitives.ReadInt32BigEndian(chunks.Data);
        height = BinaryPrimitives.ReadInt32BigEndian(chunks.Data[4..]);
        limits.RequireSize(width, height, name);
        if (chunks.Data[10] != 0 || chunks.Data[11] != 0 || chunks.Data[12] > 1)
            throw Damaged(name, "its header names an unknown compression, filter or interlace method");
        (int, int, int, int)[] passes = chunks.Data[12] == 1 ? Adam7 : Progressive;

        using MemoryStream compressed = CollectImageData(chunks, name);
        using ZLibStream stream = new(compressed, CompressionMode.Decompress);
        ushort[] samples = new ushort[width * height];
        try
        {
            foreach ((int x, int y, int deltaX, int deltaY) in passes)
                ReadPass(stream, samples, width, height, x, y, deltaX, deltaY, name);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(name, "its compressed rows are damaged or too few", exception);
        }

        return samples;
    }

    private static MemoryStream CollectImageData(PngChunks chunks, string name)
    {
        MemoryStream data = new();
        for (chunks.Next(); !chunks.Type.SequenceEqual("IEND"u8); chunks.Next())
        {
            bool critical = (chunks.Type[0] & 0x20) == 0;
            if (chunks.Type.SequenceEqual("IDAT"u8))
                data.Write(chunks.Data);
            else if (critical)
                throw Damaged(name, "it has a critical chunk that a grayscale picture cannot have");
        }

        data.Position = 0;
        return data;
    }

    private static void ReadPass(
        Stream stream, Span<ushort> samples, int width, int height, int firstX, int firstY, int deltaX, int deltaY, string name)
    {
        int columns = (width - firstX + deltaX - 1) / deltaX;
        if (columns <= 0)
            return;
        byte[] row = new byte[1 + columns * BytesPerSample];
        byte[] previous = new byte[columns * BytesPerSample];
        for (int y = firstY; y < height; y += deltaY)
        {
            stream.ReadExactly(row);
            Span<byte> current = row.AsSpan(1);
            if (!Unfilter(row[0], current, previous))
                throw Damaged(name, $"a row names filter {row[0]}, and there are five");
            for (int column = 0, x = firstX; x < width; column++, x += deltaX)
                samples[y * width + x] = BinaryPrimitives.ReadUInt16BigEndian(current[(column * BytesPerSample)..]);
            current.CopyTo(previous);
        }
    }

    private static bool Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= BytesPerSample ? row[i - BytesPerSample] : 0;
            int up = above[i];
            int upLeft = i >= BytesPerSample ? above[i - BytesPerSample] : 0;
            switch (filter)
            {
                case 0:
                    return true;
                case 1:
                    row[i] += (byte)left;
                    break;
                case 2:
                    row[i] += (byte)up;
                    break;
                case 3:
                    row[i] += (byte)((left + up) / 2);
                    break;
                case 4:
                    row[i] += (byte)Paeth(left, up, upLeft);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        int estimate = left + up - upLeft;
        int toLeft = Math.Abs(estimate - left);
        int toUp = Math.Abs(estimate - up);
        int toUpLeft = Math.Abs(estimate - upLeft);
        if (toLeft <= toUp && toLeft <= toUpLeft)
            return left;
        return toUp <= toUpLeft ? up : upLeft;
    }

    private static ImageException Damaged(string name, string why, Exception? inner = null) =>
        new($"{name}: the PNG file is damaged: {why}. Fetch the file again.", inner);
}
