using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>Writes small PNG files of every kind that the tests need, with filters and interlacing.</summary>
internal static class PngFile
{
    /// <summary>A 16-bit grayscale file. Row y of each pass uses filter y mod 5.</summary>
    public static byte[] Gray16(ushort[] samples, int width, int height, bool interlaced = false)
    {
        (int X, int Y, int Dx, int Dy)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        MemoryStream rows = new();
        foreach ((int startX, int startY, int dx, int dy) in passes)
        {
            int columns = (width - startX + dx - 1) / dx;
            byte[] above = new byte[Math.Max(columns, 0) * 2];
            for (int y = startY, row = 0; y < height && columns > 0; y += dy, row++)
            {
                byte[] current = new byte[columns * 2];
                for (int column = 0; column < columns; column++)
                    BinaryPrimitives.WriteUInt16BigEndian(current.AsSpan(column * 2), samples[y * width + startX + column * dx]);
                WriteFiltered(rows, row % 5, current, above);
                above = current;
            }
        }

        return Assemble(Header(width, height, 16, colorType: 0, interlaced), rows.ToArray());
    }

    /// <summary>A file of any other kind, from its raw rows, unfiltered.</summary>
    public static byte[] Create(int width, int height, int bitDepth, int colorType, byte[] rows, params (string Type, byte[] Data)[] chunks)
    {
        MemoryStream filtered = new();
        foreach (byte[] row in rows.Chunk(rows.Length / height))
        {
            filtered.WriteByte(0);
            filtered.Write(row);
        }

        return Assemble(Header(width, height, bitDepth, colorType, interlaced: false), filtered.ToArray(), chunks);
    }

    private static void WriteFiltered(MemoryStream rows, int filter, byte[] current, byte[] above)
    {
        rows.WriteByte((byte)filter);
        for (int i = 0; i < current.Length; i++)
        {
            int left = i < 2 ? 0 : current[i - 2];
            int upLeft = i < 2 ? 0 : above[i - 2];
            int prediction = filter switch
            {
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                4 => new[] { left, above[i], upLeft }.MinBy(value => Math.Abs(left + above[i] - upLeft - value)),
                _ => 0,
            };
            rows.WriteByte((byte)(current[i] - prediction));
        }
    }

    private static byte[] Header(int width, int height, int bitDepth, int colorType, bool interlaced)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = (byte)bitDepth;
        header[9] = (byte)colorType;
        header[12] = interlaced ? (byte)1 : (byte)0;
        return header;
    }

    private static byte[] Assemble(byte[] header, byte[] rows, params (string Type, byte[] Data)[] chunks)
    {
        MemoryStream compressed = new();
        using (ZLibStream stream = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(rows);
        byte[] data = compressed.ToArray();
        return
        [
            0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A,
            .. Chunk("IHDR", header),
            .. chunks.SelectMany(chunk => Chunk(chunk.Type, chunk.Data)),
            .. Chunk("IDAT", data[..(data.Length / 2)]),
            .. Chunk("IDAT", data[(data.Length / 2)..]),
            .. Chunk("IEND", []),
        ];
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        uint crc = uint.MaxValue;
        foreach (byte value in body)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        byte[] chunk = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), ~crc);
        return chunk;
    }
}
