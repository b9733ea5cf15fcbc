using System.Buffers.Binary;
using System.IO.Compression;

namespace UniMed.Inference.Imaging.Tiff;

/// <summary>A strict reader of the first page of a TIFF file to the samples that are stored.</summary>
/// <remarks>
/// Both byte orders, strips and tiles, planes beside or after each other; no compression, LZW, Deflate and PackBits with the horizontal
/// predictor; gray of 1 to 32 bits, RGB of 8 and 16, palettes. Alpha is dropped, and the orientation applied, as Pillow does for TIFF.
/// ImageSharp 2 reads no tiles, no signed samples and no gray with alpha, rounds palettes its own way and fills what is cut off; the
/// .NET port of libtiff reports through one handler for the whole process, which a library must not take from its host.
/// </remarks>
internal readonly ref struct TiffReader
{
    private readonly TiffDirectory _tags;
    private readonly TiffLayout _layout;
    private readonly byte[]? _bytes;
    private readonly ushort[]? _words;
    private readonly float[]? _reals;
    private readonly byte[] _colors;

    private TiffReader(TiffDirectory tags, TiffLayout layout)
    {
        _tags = tags;
        _layout = layout;
        int samples = checked(layout.Width * layout.Height * layout.PictureChannels);
        _bytes = layout.Bits <= 8 ? new byte[samples] : null;
        _words = layout.Bits is 12 or 16 ? new ushort[samples] : null;
        _reals = layout.Bits == 32 ? new float[samples] : null;
        _colors = Colors(layout.ColorMap);
    }

    /// <summary>Reads a file that begins with II or MM and 42.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, of a kind that is not read, or beyond the limits.</exception>
    public static DecodedPicture Read(ReadOnlySpan<byte> tiff, ImageLimits limits, string name)
    {
        TiffDirectory tags = new(tiff, name);
        TiffLayout layout = new(tags, limits, name);
        RequireBlocks(tags, layout, tiff.Length);
        TiffReader reader = new(tags, layout);
        // All at once, since blocks may overlap: what each of them reverses for itself has no bound.
        reader.ReadBlocks(layout.ReversedBits ? Reversed(tiff) : tiff);
        DecodedPicture picture = new(layout.Width, layout.Height, layout.PictureChannels)
        {
            Bytes = reader._bytes,
            Words = reader._words,
            Reals = reader._reals,
            Signed = layout.IsSigned,
            WhiteIsZero = layout.WhiteIsZero,
        };
        return PictureOrientation.Apply(picture, layout.Orientation);
    }

    /// <summary>Checks that every block lies in the file, before memory for the picture is taken.</summary>
    private static void RequireBlocks(TiffDirectory tags, TiffLayout layout, int fileLength)
    {
        for (int i = 0; i < layout.Offsets.Length; i++)
        {
            bool counted = i < layout.ByteCounts.Length && layout.ByteCounts[i] != uint.MaxValue;
            if (layout.Offsets[i] + (counted ? (long)layout.ByteCounts[i] : 0) > fileLength)
                throw tags.Damaged("a strip or tile reaches beyond the file");
        }
    }

    private void ReadBlocks(ReadOnlySpan<byte> tiff)
    {
        int perPlane = _layout.BlocksAcross * _layout.BlocksDown;
        int planes = _layout.IsPlanar ? _layout.PictureChannels : 1;
        byte[] block = [];
        for (int index = 0; index < perPlane * planes; index++)
        {
            (int down, int across) = Math.DivRem(index % perPlane, _layout.BlocksAcross);
            int rows = _layout.RowsOf(down);
            ReadOnlySpan<byte> stored = tiff[(int)_layout.Offsets[index]..];
            stored = stored[..(int)Math.Min(_layout.ByteCounts[index], (uint)stored.Length)];

            int length = rows * _layout.BlockRowBytes;
            if (block.Length < length)
                block = new byte[length];
            Span<byte> decoded = block.AsSpan(0, length);
            Decompress(stored, decoded);
            for (int row = 0; row < rows; row++)
            {
                int y = down * _layout.BlockHeight + row;
                Span<byte> samples = decoded.Slice(row * _layout.BlockRowBytes, _layout.BlockRowBytes);
                if (y < _layout.Height)
                    StoreRow(samples, across * _layout.BlockWidth, y, index / perPlane);
            }
        }
    }

    private void Decompress(ReadOnlySpan<byte> stored, Span<byte> block)
    {
        bool whole = _layout.Compression switch
        {
            TiffCompression.Lzw when TiffLzw.IsOldStyle(stored) => throw _tags.Unread("has LZW of the style before TIFF 5.0"),
            TiffCompression.Lzw => TiffLzw.TryDecode(stored, block),
            TiffCompression.PackBits => PackBits.TryDecode(stored, block),
            TiffCompression.None => TryCopy(stored, block),
            _ => TryInflate(stored, block),
        };
        if (!whole)
            throw _tags.Damaged("a strip or tile ends before its last row");
    }

    private static byte[] Reversed(ReadOnlySpan<byte> bytes)
    {
        byte[] reversed = new byte[bytes.Length];
        for (int i = 0; i < reversed.Length; i++)
        {
            // The bits of a byte in the opposite order, by three swaps.
            int value = bytes[i];
            value = (value & 0xF0) >> 4 | (value & 0x0F) << 4;
            value = (value & 0xCC) >> 2 | (value & 0x33) << 2;
            reversed[i] = (byte)((value & 0xAA) >> 1 | (value & 0x55) << 1);
        }

        return reversed;
    }

    private static bool TryCopy(ReadOnlySpan<byte> stored, Span<byte> block)
    {
        if (stored.Length < block.Length)
            return false;
        stored[..block.Length].CopyTo(block);
        return true;
    }

    private unsafe bool TryInflate(ReadOnlySpan<byte> stored, Span<byte> block)
    {
        // Nothing has no address to read from.
        if (stored.IsEmpty)
            return block.IsEmpty;
        fixed (byte* start = stored)
        {
            using UnmanagedMemoryStream compressed = new(start, stored.Length);
            using ZLibStream stream = new(compressed, CompressionMode.Decompress);
            try
            {
                return stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) == block.Length;
            }
            catch (InvalidDataException exception)
            {
                throw _tags.Damaged("a strip or tile does not decompress", exception);
            }
        }
    }

    private void StoreRow(Span<byte> row, int x, int y, int plane)
    {
        int columns = Math.Min(_layout.BlockWidth, _layout.Width - x);
        int target = (y * _layout.Width + x) * _layout.PictureChannels + plane;
        int step = _layout.BlockChannels;
        int channels = Math.Min(step, _layout.PictureChannels);
        switch (_layout.Bits)
        {
            case 16:
                StoreWords(row, columns, channels, target);
                break;
            case 32:
                StoreReals(row, columns, target);
                break;
            case 8 when _colors.Length == 0:
                if (_layout.HasPredictor)
                    AddLeft(row, step);
                for (int column = 0; column < columns; column++, target += _layout.PictureChannels)
                {
                    ReadOnlySpan<byte> pixel = row.Slice(column * step, step);
                    for (int channel = 0; channel < channels; channel++)
                        _bytes![target + channel] = _layout.IsPremultiplied ? Unmultiply(pixel[channel], pixel[^1]) : pixel[channel];
                }

                break;
            default:
                if (_layout.HasPredictor)
                    AddLeft(row, step);
                StoreBits(row, columns, target);
                break;
        }
    }

    private static void AddLeft(Span<byte> row, int step)
    {
        for (int i = step; i < row.Length; i++)
            row[i] += row[i - step];
    }

    private void StoreWords(ReadOnlySpan<byte> row, int columns, int channels, int target)
    {
        int step = _layout.BlockChannels;
        Span<ushort> left = stackalloc ushort[channels];
        left.Clear();
        for (int column = 0; column < columns; column++, target += _layout.PictureChannels)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                ReadOnlySpan<byte> sample = row[((column * step + channel) * 2)..];
                ushort value = _tags.IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(sample) : BinaryPrimitives.ReadUInt16BigEndian(sample);
                if (_layout.HasPredictor)
                    value = left[channel] += value;
                _words![target + channel] = value;
            }
        }
    }

    private void StoreReals(ReadOnlySpan<byte> row, int columns, int target)
    {
        uint left = 0;
        for (int column = 0; column < columns; column++, target++)
        {
            ReadOnlySpan<byte> sample = row[(column * _layout.BlockChannels * 4)..];
            uint value = _tags.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(sample) : BinaryPrimitives.ReadUInt32BigEndian(sample);
            if (_layout.HasPredictor)
                value = left += value;
            _reals![target] = _layout.IsFloat ? BitConverter.UInt32BitsToSingle(value) : _layout.IsSigned ? (int)value : value;
        }
    }

    /// <summary>Gray of 1, 2, 4 and 12 bits, and palette indices.</summary>
    private void StoreBits(ReadOnlySpan<byte> row, int columns, int target)
    {
        int bits = _layout.Bits;
        for (int column = 0; column < columns; column++, target += _layout.PictureChannels)
        {
            int first = column * _layout.BlockChannels * bits;
            int value = row[first >> 3] << 8 | (((first & 7) + bits > 8) ? row[(first >> 3) + 1] : 0);
            value = value >> 16 - bits - (first & 7) & (1 << bits) - 1;
            if (bits == 12)
                _words![target] = (ushort)value;
            else if (_colors.Length > 0)
                _colors.AsSpan(value * 3, 3).CopyTo(_bytes.AsSpan(target));
            else
                _bytes![target] = (byte)(value * (byte.MaxValue / ((1 << bits) - 1)));
        }
    }

    /// <summary>The palette in 8 bits, interleaved. A map whose numbers all are below 256 was written in 8 bits, as libtiff takes it.</summary>
    private static byte[] Colors(uint[] map)
    {
        int shift = Array.Exists(map, level => level > byte.MaxValue) ? 8 : 0;
        byte[] colors = new byte[map.Length];
        for (int i = 0; i < colors.Length; i++)
            colors[i] = (byte)(map[i % 3 * (map.Length / 3) + i / 3] >> shift);
        return colors;
    }

    private static byte Unmultiply(byte level, byte alpha) => alpha switch
    {
        0 => 0,
        byte.MaxValue => level,
        _ => (byte)Math.Min(level * byte.MaxValue / alpha, byte.MaxValue),
    };
}
