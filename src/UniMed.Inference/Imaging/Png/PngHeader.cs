using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Png;

/// <summary>What a PNG file's first chunk says.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="ColorType">0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGBA.</param>
/// <param name="Interlaced">Whether the rows come in the seven passes of Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, int ColorType, bool Interlaced)
{
    private const int Length = 13;

    /// <summary>Samples of a pixel in the file.</summary>
    public int FileChannels => ColorType switch
    {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };

    /// <summary>Channels of the picture, alpha dropped and the palette applied.</summary>
    public int PictureChannels => ColorType is 0 or 4 ? 1 : 3;

    /// <summary>Bytes of a row of that many pixels.</summary>
    public int RowBytes(int columns) => (int)(((long)columns * FileChannels * BitDepth + 7) / 8);

    /// <summary>Reads the chunk; null where it is not a header or says what PNG does not have.</summary>
    public static PngHeader? Read(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (!type.SequenceEqual("IHDR"u8) || data.Length != Length || data[10] != 0 || data[11] != 0 || data[12] > 1)
            return null;
        PngHeader header = new(BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]), data[8], data[9], data[12] == 1);
        bool known = header.ColorType switch
        {
            0 => header.BitDepth is 1 or 2 or 4 or 8 or 16,
            3 => header.BitDepth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => header.BitDepth is 8 or 16,
            _ => false,
        };
        return known ? header : null;
    }
}
