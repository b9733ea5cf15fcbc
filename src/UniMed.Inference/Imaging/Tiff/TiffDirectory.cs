using System.Buffers.Binary;

namespace UniMed.Inference.Imaging.Tiff;

/// <summary>The first page's tags of a TIFF file.</summary>
internal readonly ref struct TiffDirectory
{
    private const int EntryBytes = 12;

    private readonly ReadOnlySpan<byte> _file;
    private readonly ReadOnlySpan<byte> _entries;
    private readonly string _name;

    /// <summary>Finds the first directory of a file that begins with II or MM.</summary>
    /// <exception cref="ImageException">It is not there, or reaches beyond the file.</exception>
    public TiffDirectory(ReadOnlySpan<byte> file, string name)
    {
        _file = file;
        _name = name;
        IsLittleEndian = file[0] == 'I';
        if (file.Length < 8)
            throw Damaged("it ends within its header");
        uint offset = UInt32(file[4..]);
        if (offset < 8 || offset > file.Length - 2L)
            throw Damaged("its directory lies beyond the file");
        int bytes = UInt16(file[(int)offset..]) * EntryBytes;
        if (offset + 2L + bytes > file.Length)
            throw Damaged("its directory reaches beyond the file");
        _entries = file.Slice((int)offset + 2, bytes);
    }

    /// <summary>Whether numbers of the file are least byte first.</summary>
    public bool IsLittleEndian { get; }

    /// <summary>The only number of a tag, or <paramref name="otherwise"/> where the tag is missing.</summary>
    /// <exception cref="ImageException">The tag is damaged, or missing and there is nothing to stand for it.</exception>
    public uint Number(TiffTag tag, uint? otherwise = null)
    {
        uint[] numbers = Numbers(tag, most: 1);
        return numbers.Length > 0 ? numbers[0] : otherwise ?? throw Damaged($"its tag {tag} is missing");
    }

    /// <summary>The first numbers of a tag; none where it is missing.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="most">How many are of use: a hostile tag may hold as many as the file has bytes.</param>
    /// <exception cref="ImageException">The tag is damaged.</exception>
    public uint[] Numbers(TiffTag tag, long most)
    {
        for (ReadOnlySpan<byte> rest = _entries; !rest.IsEmpty; rest = rest[EntryBytes..])
        {
            if (UInt16(rest) == (ushort)tag)
                return Numbers(tag, rest, most);
        }

        return [];
    }

    private uint[] Numbers(TiffTag tag, ReadOnlySpan<byte> entry, long most)
    {
        int size = UInt16(entry[2..]) switch
        {
            1 or 7 => 1,
            3 => 2,
            4 => 4,
            ushort type => throw Damaged($"its tag {tag} has type {type}, and a whole number is expected"),
        };
        long bytes = (long)UInt32(entry[4..]) * size;
        ReadOnlySpan<byte> values = entry[8..];
        if (bytes > 4)
        {
            uint offset = UInt32(values);
            if (offset + bytes > _file.Length)
                throw Damaged($"its tag {tag} reaches beyond the file");
            values = _file[(int)offset..];
        }

        uint[] numbers = new uint[Math.Min(bytes / size, most)];
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> value = values[(i * size)..];
            numbers[i] = size switch
            {
                1 => value[0],
                2 => UInt16(value),
                _ => UInt32(value),
            };
        }

        return numbers;
    }

    /// <summary>The error for a file that does not keep to the format.</summary>
    public ImageException Damaged(string why, Exception? inner = null) =>
        new($"{_name}: the TIFF file is damaged or cut off: {why}. Fetch the file again.", inner);

    /// <summary>The error for a file of a kind that is not read.</summary>
    public ImageException Unread(string what) =>
        new($"{_name}: this TIFF file {what}, which is not read. Convert it to PNG, or to a TIFF of 8 or 16 bits with LZW or no compression.");

    private ushort UInt16(ReadOnlySpan<byte> bytes) =>
        IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
