using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace UniMed.Inference.Imaging.Png;

/// <summary>A strict reader of PNG (ISO/IEC 15948) to the samples that are stored.</summary>
/// <remarks>
/// All five colour types, 1 to 16 bits, Adam7. Transparency, gamma and profiles are ignored, as Pillow's <c>convert("RGB")</c> ignores
/// them; an index beyond the palette is the gray of its number, as there. Checksums must be right and all rows must be there: the
/// codecs that were tried (Skia, ImageSharp) reduce 16 bits to 8 with their own rounding, or fill missing rows in silence.
/// </remarks>
internal ref struct PngReader
{
    /// <summary>Where each Adam7 pass begins and how far apart its pixels are: x, y, dx, dy.</summary>
    private static readonly (int X, int Y, int DeltaX, int DeltaY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int DeltaX, int DeltaY)[] Progressive = [(0, 0, 1, 1)];

    private readonly string _name;
    private readonly PngHeader _header;
    private readonly byte[] _palette;
    private readonly byte[] _bytes;
    private readonly ushort[] _words;
    private int _significantBits;

    private PngReader(PngHeader header, string name)
    {
        _header = header;
        _name = name;
        _palette = new byte[256 * 3];
        for (int i = 0; i < _palette.Length; i++)
            _palette[i] = (byte)(i / 3);
        int samples = checked(header.Width * header.Height * header.PictureChannels);
        _words = header.BitDepth == 16 ? new ushort[samples] : [];
        _bytes = header.BitDepth == 16 ? [] : new byte[samples];
    }

    /// <summary>Reads a file that begins with PNG's signature.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, or beyond the limits.</exception>
    public static DecodedPicture Read(ReadOnlySpan<byte> png, ImageLimits limits, string name)
    {
        PngChunks chunks = new(png, name);
        chunks.Next();
        if (chunks.Type.SequenceEqual("CgBI"u8))
            throw new ImageException($"{name}: this is a PNG file in Apple's own variant (CgBI), which is not read. Convert it to a plain PNG.");
        PngHeader header = PngHeader.Read(chunks.Type, chunks.Data)
            ?? throw Damaged(name, "it does not begin with a header that PNG knows");
        limits.RequireSize(header.Width, header.Height, name);

        PngReader reader = new(header, name);
        reader.ReadRows(reader.CollectImageData(chunks, png.Length));
        return new(header.Width, header.Height, header.PictureChannels)
        {
            Bytes = header.BitDepth == 16 ? null : reader._bytes,
            Words = header.BitDepth == 16 ? reader._words : null,
            SignificantBits = reader._significantBits,
        };
    }

    private MemoryStream CollectImageData(PngChunks chunks, int length)
    {
        MemoryStream data = new(length);
        bool hasPalette = _header.ColorType != 3;
        for (chunks.Next(); !chunks.Type.SequenceEqual("IEND"u8); chunks.Next())
        {
            bool critical = (chunks.Type[0] & 0x20) == 0;
            if (chunks.Type.SequenceEqual("IDAT"u8))
            {
                data.Write(chunks.Data);
            }
            else if (chunks.Type.SequenceEqual("PLTE"u8))
            {
                hasPalette |= TakePalette(chunks.Data);
            }
            else if (chunks.Type.SequenceEqual("sBIT"u8) && _header.BitDepth == 16)
            {
                foreach (byte bits in chunks.Data[..Math.Min(chunks.Data.Length, _header.PictureChannels)])
                    _significantBits = Math.Max(_significantBits, bits);
            }
            else if (critical)
            {
                throw Damaged(_name, "it has a critical chunk that PNG does not know");
            }
        }

        if (!hasPalette)
            throw Damaged(_name, "its palette is missing");
        data.Position = 0;
        return data;
    }

    private readonly bool TakePalette(ReadOnlySpan<byte> colors)
    {
        if (colors.Length is 0 or > 256 * 3 || colors.Length % 3 != 0)
            throw Damaged(_name, "its palette has no whole number of colours, or too many");
        if (_header.ColorType == 3)
            colors.CopyTo(_palette);
        return true;
    }

    private readonly void ReadRows(MemoryStream compressed)
    {
        using (compressed)
        {
            using ZLibStream stream = new(compressed, CompressionMode.Decompress);
            try
            {
                foreach ((int x, int y, int deltaX, int deltaY) in _header.Interlaced ? Adam7 : Progressive)
                    ReadPass(stream, x, y, deltaX, deltaY);
            }
            catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
            {
                throw Damaged(_name, "its compressed rows are damaged or too few", exception);
            }
        }
    }

    private readonly void ReadPass(ZLibStream stream, int firstX, int firstY, int deltaX, int deltaY)
    {
        int columns = (_header.Width - firstX + deltaX - 1) / deltaX;
        if (columns <= 0)
            return;

        int rowBytes = _header.RowBytes(columns);
        int step = Math.Max(_header.FileChannels * _header.BitDepth / 8, 1);
        byte[] row = new byte[1 + rowBytes];
        byte[] above = new byte[1 + rowBytes];
        for (int y = firstY; y < _header.Height; y += deltaY)
        {
            stream.ReadExactly(row);
            if (!PngFilters.Undo(row[0], row.AsSpan(1), above.AsSpan(1), step))
                throw Damaged(_name, $"a row names filter {row[0]}, and there are five");
            int target = (y * _header.Width + firstX) * _header.PictureChannels;
            StoreRow(row.AsSpan(1), columns, target, deltaX * _header.PictureChannels);
            (row, above) = (above, row);
        }
    }

    /// <param name="row">A row's bytes.</param>
    /// <param name="columns">Pixels in it.</param>
    /// <param name="target">Index of the first pixel's first sample in the picture.</param>
    /// <param name="stride">Samples from one pixel to the next in the picture.</param>
    private readonly void StoreRow(ReadOnlySpan<byte> row, int columns, int target, int stride)
    {
        int from = _header.FileChannels;
        int to = _header.PictureChannels;
        if (_header.BitDepth == 16 && from == to && stride == to && BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(row), _words.AsSpan(target));
        }
        else if (_header.BitDepth == 16)
        {
            for (int column = 0; column < columns; column++, target += stride)
            {
                for (int channel = 0; channel < to; channel++)
                    _words[target + channel] = BinaryPrimitives.ReadUInt16BigEndian(row[((column * from + channel) * 2)..]);
            }
        }
        else if (_header.BitDepth < 8 || _header.ColorType == 3)
        {
            StoreIndices(row, columns, target, stride);
        }
        else if (from == to && stride == to)
        {
            row.CopyTo(_bytes.AsSpan(target));
        }
        else
        {
            for (int column = 0; column < columns; column++, target += stride)
                row.Slice(column * from, to).CopyTo(_bytes.AsSpan(target));
        }
    }

    /// <summary>Gray of less than 8 bits, spread over 0 to 255, and palette indices.</summary>
    private readonly void StoreIndices(ReadOnlySpan<byte> row, int columns, int target, int stride)
    {
        int depth = _header.BitDepth;
        int mask = (1 << depth) - 1;
        int spread = byte.MaxValue / mask;
        for (int column = 0; column < columns; column++, target += stride)
        {
            int bit = column * depth;
            int value = row[bit >> 3] >> 8 - depth - (bit & 7) & mask;
            if (_header.ColorType == 3)
                _palette.AsSpan(value * 3, 3).CopyTo(_bytes.AsSpan(target));
            else
                _bytes[target] = (byte)(value * spread);
        }
    }

    private static ImageException Damaged(string name, string why, Exception? inner = null) =>
        new($"{name}: the PNG file is damaged: {why}. Fetch the file again.", inner);
}
