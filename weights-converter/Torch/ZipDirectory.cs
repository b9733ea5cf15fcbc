using System.Buffers.Binary;
using System.Text;
using UniMed.WeightsConverter.Bytes;

namespace UniMed.WeightsConverter.Torch;

/// <summary>
/// The central directory of a zip archive of stored entries, so that an entry's bytes are read where they lie. Source: PKWARE's APPNOTE, 4.3 and 4.5.3 (zip64).
/// </summary>
internal sealed class ZipDirectory
{
    private const uint LocalSignature = 0x04034b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const int EndBytes = 22;
    private const int CentralBytes = 46;
    private const int LocalBytes = 30;

    /// <summary>Most bytes of a central directory: 64 MiB, several hundred thousand storages.</summary>
    private const long MaxDirectoryBytes = 64L << 20;

    private readonly IByteSource _source;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);
    private long _directoryPosition;

    private ZipDirectory(IByteSource source) => _source = source;

    /// <summary>All entries, by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    /// <summary>Reads and checks the directory.</summary>
    /// <exception cref="ConversionException">The archive is cut off, malformed, compressed or encrypted.</exception>
    public static ZipDirectory Read(IByteSource source)
    {
        var directory = new ZipDirectory(source);
        directory.ReadEntries();
        return directory;
    }

    /// <summary>Position of an entry's data, after its local header has been compared with the directory.</summary>
    /// <exception cref="ConversionException">The local header disagrees with the directory, or the data leave the file.</exception>
    public long FindData(ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalBytes];
        if (entry.HeaderPosition > _directoryPosition - LocalBytes)
            throw Refuse($"entry \"{entry.Name}\" lies beyond the archive's data.");
        _source.Read(entry.HeaderPosition, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
            throw Refuse($"entry \"{entry.Name}\" has no local header where the directory says.");
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != 0)
            throw Compressed(entry.Name);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        long data = entry.HeaderPosition + LocalBytes + nameLength + extraLength;
        if (data > _directoryPosition || entry.Size > _directoryPosition - data)
            throw Refuse($"entry \"{entry.Name}\" of {entry.Size} bytes leaves the file. The archive is truncated; fetch it again.");
        var name = new byte[nameLength];
        _source.Read(entry.HeaderPosition + LocalBytes, name);
        if (Encoding.UTF8.GetString(name) != entry.Name)
            throw Refuse($"entry \"{entry.Name}\" has another name in its local header.");
        uint stated = BinaryPrimitives.ReadUInt32LittleEndian(header[22..]);
        if (!entry.HasDescriptor && stated != uint.MaxValue && stated != entry.Size)
            throw Refuse($"entry \"{entry.Name}\" has {entry.Size} bytes by the directory and {stated} by its local header.");
        return data;
    }

    private void ReadEntries()
    {
        (long start, long bytes, long count) = FindDirectory();
        _directoryPosition = start;
        if (bytes > MaxDirectoryBytes)
            throw Refuse($"its directory of {bytes} bytes is longer than the limit of {MaxDirectoryBytes}.");
        if (start < 0 || bytes < 0 || start > _source.Length - bytes || count < 0 || count > bytes / CentralBytes)
            throw Refuse("its end record does not fit the file. The archive is truncated or damaged; fetch it again.");
        var directory = new byte[bytes];
        _source.Read(start, directory);
        ReadOnlySpan<byte> rest = directory;
        for (long i = 0; i < count; i++)
        {
            if (rest.Length < CentralBytes || BinaryPrimitives.ReadUInt32LittleEndian(rest) != CentralSignature)
                throw Refuse($"record {i} of its directory is malformed.");
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[28..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[30..]);
            int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[32..]);
            int length = CentralBytes + nameLength + extraLength + commentLength;
            if (rest.Length < length)
                throw Refuse($"record {i} of its directory is cut off.");
            AddEntry(rest[..length], nameLength, extraLength);
            rest = rest[length..];
        }
    }

    private void AddEntry(ReadOnlySpan<byte> record, int nameLength, int extraLength)
    {
        string name = Encoding.UTF8.GetString(record.Slice(CentralBytes, nameLength));
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]);
        long header = BinaryPrimitives.ReadUInt32LittleEndian(record[42..]);
        ReadZip64(record.Slice(CentralBytes + nameLength, extraLength), ref size, ref compressed, ref header);
        if ((flags & 0x2041) != 0)
            throw Refuse($"entry \"{name}\" is encrypted.");
        if (BinaryPrimitives.ReadUInt16LittleEndian(record[10..]) != 0)
            throw Compressed(name);
        if (size != compressed || size < 0 || header < 0)
            throw Refuse($"entry \"{name}\" has impossible sizes ({size} and {compressed} bytes, header at {header}).");
        if (!_entries.TryAdd(name, new ZipEntry(name, size, header, (flags & 8) != 0)))
            throw Refuse($"entry \"{name}\" occurs twice.");
    }

    /// <summary>Replaces the fields that say 0xFFFFFFFF by the 64-bit ones of extra field 1, which come in this order.</summary>
    private static void ReadZip64(ReadOnlySpan<byte> extra, ref long size, ref long compressed, ref long header)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (extra.Length - 4 < length)
                return;
            ReadOnlySpan<byte> field = extra.Slice(4, length);
            if (id == 1)
            {
                Widen(ref field, ref size);
                Widen(ref field, ref compressed);
                Widen(ref field, ref header);
                return;
            }

            extra = extra[(4 + length)..];
        }
    }

    private static void Widen(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue || field.Length < 8)
            return;
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
    }

    private (long Start, long Bytes, long Count) FindDirectory()
    {
        int tailLength = (int)Math.Min(_source.Length, EndBytes + ushort.MaxValue);
        var tail = new byte[tailLength];
        long tailStart = _source.Length - tailLength;
        _source.Read(tailStart, tail);
        for (int i = tailLength - EndBytes; i >= 0; i--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndBytes)
                continue;
            long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            long bytes = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            bool isZip64 = count == ushort.MaxValue || bytes == uint.MaxValue || start == uint.MaxValue;
            return (isZip64 ? FindDirectory64(tailStart + i) : null) ?? (start, bytes, count);
        }

        throw Refuse("the zip archive is truncated: it has no end record. Fetch the file again and compare its size.");
    }

    private (long Start, long Bytes, long Count)? FindDirectory64(long endPosition)
    {
        const int locatorBytes = 20;
        const int end64Bytes = 56;
        if (endPosition < locatorBytes)
            return null;
        Span<byte> locator = stackalloc byte[locatorBytes];
        _source.Read(endPosition - locatorBytes, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Signature)
            return null;
        long position = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        if (position < 0 || position > endPosition - end64Bytes)
            throw Refuse("its zip64 end record lies outside the file.");
        Span<byte> end = stackalloc byte[end64Bytes];
        _source.Read(position, end);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end) != End64Signature)
            throw Refuse("its zip64 end record is malformed.");
        return (BinaryPrimitives.ReadInt64LittleEndian(end[48..]), BinaryPrimitives.ReadInt64LittleEndian(end[40..]), BinaryPrimitives.ReadInt64LittleEndian(end[32..]));
    }

    private ConversionException Compressed(string name) =>
        Refuse($"entry \"{name}\" is compressed; PyTorch stores its entries plain. Save the file with torch.save, or unpack and store it.");

    private ConversionException Refuse(string sentence) => new($"{_source.Name} is refused: {sentence}");
}
