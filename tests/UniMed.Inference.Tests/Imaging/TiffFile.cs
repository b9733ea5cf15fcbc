using System.Buffers.Binary;

namespace UniMed.Inference.Tests.Imaging;

/// <summary>A TIFF file, least byte first, of tags that a test chooses.</summary>
internal sealed class TiffFile
{
    private readonly SortedDictionary<ushort, (ushort Type, uint[] Values)> _tags = [];

    /// <summary>Sets a tag of 32-bit numbers.</summary>
    public TiffFile With(ushort tag, params uint[] values)
    {
        _tags[tag] = (4, values);
        return this;
    }

    /// <summary>The file: header, directory, numbers of tags, then some bytes for pictures.</summary>
    /// <param name="data">What follows; <see cref="DataStart"/> says where.</param>
    public byte[] ToArray(ReadOnlySpan<byte> data)
    {
        byte[] file = new byte[DataStart + data.Length];
        "II*\0"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4), 8);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)_tags.Count);
        int entry = 10;
        int numbers = entry + 12 * _tags.Count + 4;
        foreach ((ushort tag, (ushort type, uint[] values)) in _tags)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(entry), tag);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(entry + 2), type);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(entry + 4), values.Length);
            int to = values.Length == 1 ? entry + 8 : numbers;
            if (values.Length > 1)
            {
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(entry + 8), numbers);
                numbers += 4 * values.Length;
            }

            for (int i = 0; i < values.Length; i++)
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(to + 4 * i), values[i]);
            entry += 12;
        }

        data.CopyTo(file.AsSpan(DataStart));
        return file;
    }

    /// <summary>Where the data begin, with the tags that are set by now.</summary>
    public int DataStart => 10 + 12 * _tags.Count + 4 + _tags.Values.Sum(tag => tag.Values.Length > 1 ? 4 * tag.Values.Length : 0);
}
