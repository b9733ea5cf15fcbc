using System.Buffers.Binary;
using System.Numerics;

namespace UniMed.Inference.Imaging.Bmp;

/// <summary>What a BMP file's header says, checked against the file: ImageSharp fills missing rows without a word.</summary>
internal readonly ref struct BmpHeader
{
    private const int FileHeaderBytes = 14;
    private const int CoreHeaderBytes = 12;
    private const int InfoHeaderBytes = 40;
    private const uint Uncompressed = 0;
    private const uint RunLength8 = 1;
    private const uint RunLength4 = 2;
    private const uint BitFields = 3;
    private const uint AlphaBitFields = 6;

    private readonly int _bits;
    private readonly bool _sixBitGreen;

    /// <summary>Reads the header of a file that begins with BM.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, of a kind that is not read, or beyond the limits.</exception>
    public BmpHeader(ReadOnlySpan<byte> bmp, ImageLimits limits, string name)
    {
        if (bmp.Length < FileHeaderBytes + CoreHeaderBytes)
            throw Damaged(name, "it ends within its header");
        int start = BinaryPrimitives.ReadInt32LittleEndian(bmp[10..]);
        int headerBytes = BinaryPrimitives.ReadInt32LittleEndian(bmp[14..]);
        bool core = headerBytes == CoreHeaderBytes;
        if (!core && (headerBytes < InfoHeaderBytes || bmp.Length < FileHeaderBytes + InfoHeaderBytes))
            throw Damaged(name, "its header has a size that BMP does not know, or ends early");

        int width = core ? BinaryPrimitives.ReadUInt16LittleEndian(bmp[18..]) : BinaryPrimitives.ReadInt32LittleEndian(bmp[18..]);
        int height = core ? BinaryPrimitives.ReadUInt16LittleEndian(bmp[20..]) : BinaryPrimitives.ReadInt32LittleEndian(bmp[22..]);
        height = height == int.MinValue ? height : Math.Abs(height);
        limits.RequireSize(width, height, name);
        _bits = BinaryPrimitives.ReadUInt16LittleEndian(bmp[(core ? 24 : 28)..]);
        uint compression = core ? Uncompressed : BinaryPrimitives.ReadUInt32LittleEndian(bmp[30..]);
        if (start < FileHeaderBytes + headerBytes || start > bmp.Length)
            throw Damaged(name, "its pixels are said to lie outside the file");
        switch (compression)
        {
            case Uncompressed or BitFields or AlphaBitFields:
                long rowBytes = ((long)width * _bits + 31) / 32 * 4;
                if (start + rowBytes * height > bmp.Length)
                    throw Damaged(name, "rows are missing at its end");
                break;
            case RunLength8 or RunLength4:
                if (!HasEnd(bmp[start..], compression == RunLength8))
                    throw Damaged(name, "its runs of pixels end without the end mark");
                break;
            default:
                throw new ImageException($"{name}: this BMP file has compression {compression}, which is not read. Convert it to PNG.");
        }

        if (compression is BitFields or AlphaBitFields)
            _sixBitGreen = TakeMasks(bmp, name);
    }

    /// <summary>
    /// Gives channels of 5 and 6 bits Pillow's 8-bit levels: ImageSharp repeats their upper bits below them, Pillow scales and truncates.
    /// </summary>
    public void ScaleAsPillow(Span<byte> rgb)
    {
        if (_bits != 16)
            return;
        for (int i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)(i % 3 == 1 && _sixBitGreen ? (rgb[i] >> 2) * byte.MaxValue / 63 : (rgb[i] >> 3) * byte.MaxValue / 31);
    }

    /// <summary>Whether green has six bits; refuses layouts whose channels are not 8, or 5 or 6 bits wide.</summary>
    private bool TakeMasks(ReadOnlySpan<byte> bmp, string name)
    {
        const int Masks = FileHeaderBytes + InfoHeaderBytes;
        if (bmp.Length < Masks + 12)
            throw Damaged(name, "it ends within its channel masks");
        (uint red, uint green, uint blue) = (
            BinaryPrimitives.ReadUInt32LittleEndian(bmp[Masks..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bmp[(Masks + 4)..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bmp[(Masks + 8)..]));
        bool known = _bits == 16
            ? (red, green, blue) is (0xF800, 0x07E0, 0x001F) or (0x7C00, 0x03E0, 0x001F)
            : _bits == 32 && BitOperations.PopCount(red) == 8 && BitOperations.PopCount(green) == 8 && BitOperations.PopCount(blue) == 8;
        return known
            ? green == 0x07E0
            : throw new ImageException($"{name}: this BMP file has channels at bits {red:X}, {green:X} and {blue:X}, which is not read. Convert it to PNG.");
    }

    private static bool HasEnd(ReadOnlySpan<byte> runs, bool bytes)
    {
        while (runs.Length >= 2)
        {
            (int count, int value) = (runs[0], runs[1]);
            if (count == 0 && value == 1)
                return true;
            int stored = bytes ? value : (value + 1) / 2;
            int skip = (count, value) switch
            {
                (0, 2) => 4,
                (0, > 2) => 2 + (stored + 1) / 2 * 2,
                _ => 2,
            };
            runs = skip <= runs.Length ? runs[skip..] : [];
        }

        return false;
    }

    private static ImageException Damaged(string name, string why) =>
        new($"{name}: the BMP file is damaged or cut off: {why}. Fetch the file again.");
}
