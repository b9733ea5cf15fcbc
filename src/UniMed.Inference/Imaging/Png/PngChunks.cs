using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Png;

/// <summary>Walks the chunks of a PNG file, checking each one's length and CRC.</summary>
internal ref struct PngChunks
{
    private const int Overhead = 12;
    private static readonly uint[] CrcTable = BuildCrcTable();

    private readonly string _name;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts after the signature, which <paramref name="png"/> must begin with.</summary>
    public PngChunks(ReadOnlySpan<byte> png, string name)
    {
        _name = name;
        _rest = png[Signature.Length..];
    }

    /// <summary>The eight bytes that every PNG file begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The current chunk's four-letter type.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>The current chunk's content.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Moves to the next chunk; a file that ends before it does is an error.</summary>
    /// <exception cref="ImageException">The file is cut off, or a checksum is wrong.</exception>
    public void Next()
    {
        uint length = _rest.Length < Overhead ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(_rest);
        if (length > _rest.Length - Overhead)
            throw new ImageException($"{_name}: the PNG file is cut off or damaged: a chunk ends beyond the file. Fetch the file again.");

        ReadOnlySpan<byte> checkedPart = _rest.Slice(4, 4 + (int)length);
        Type = checkedPart[..4];
        Data = checkedPart[4..];
        if (Crc(checkedPart) != BinaryPrimitives.ReadUInt32BigEndian(_rest[(8 + (int)length)..]))
            throw new ImageException($"{_name}: the PNG file is damaged: a chunk's checksum is wrong. Fetch the file again.");
        _rest = _rest[(Overhead + (int)length)..];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ crc >> 8;
        return ~crc;
    }

    private static uint[] BuildCrcTable()
    {
        const uint ReversedPolynomial = 0xEDB88320;
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ ReversedPolynomial : crc >> 1;
            table[i] = crc;
        }

        return table;
    }
}
