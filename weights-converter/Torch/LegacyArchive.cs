using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>
/// PyTorch's format before version 1.6: five pickles (magic number, protocol version, system facts, the object, storage keys), then for each key a 64-bit
/// element count and the elements.
/// </summary>
internal static class LegacyArchive
{
    private const long ProtocolVersion = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    /// <summary>Reads the pickles and finds the storages.</summary>
    /// <exception cref="ConversionException">The file is not a legacy archive, is malformed, or asks for something outside the closed list.</exception>
    public static (object? Root, IStorageDirectory Storages) Read(IByteSource source)
    {
        var reader = new PickleReader(source, 0, source.Length);
        var vocabulary = new StorageCollector();
        object? magic = Unpickler.Load(reader, vocabulary);
        if (magic is not BigInteger number || number != Magic)
        {
            throw new ConversionException(
                $"{source.Name} is refused: it is a pickle, but not one that torch.save wrote (its magic number is missing). Save the weights with torch.save.");
        }

        if (Unpickler.Load(reader, vocabulary) is not ProtocolVersion)
            throw reader.Refuse($"the legacy format's protocol is not {ProtocolVersion}.");
        if (Unpickler.Load(reader, vocabulary) is not PickleDict facts || !facts.TryGet("little_endian", out object? little) || little is not true)
            throw reader.Refuse("it was written on a big-endian machine; only little-endian archives are read.");
        object? root = Unpickler.Load(reader, vocabulary);
        if (Unpickler.Load(reader, vocabulary) is not PickleList keys)
            throw reader.Refuse("the list of storage keys is missing.");
        return (root, new LegacyStorages(FindStorages(source, reader.Position, keys, vocabulary.Storages)));
    }

    private static Dictionary<string, StorageRange> FindStorages(IByteSource source, long position, PickleList keys, Dictionary<string, StorageValue> named)
    {
        ConversionException Refuse(string sentence) => new($"{source.Name} is refused: {sentence}");

        var ranges = new Dictionary<string, StorageRange>(StringComparer.Ordinal);
        Span<byte> header = stackalloc byte[sizeof(long)];
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !named.TryGetValue(key, out StorageValue? storage))
                throw Refuse("its list of storages holds one that no tensor uses.");
            if (!TorchTypes.TryFromClass(storage.ClassName, out TorchType type))
                throw Refuse($"{storage.ClassName} is an unknown storage type.");
            if (position > source.Length - header.Length)
                throw Refuse($"it is truncated: storage \"{key}\" is missing. Fetch the file again.");
            source.Read(position, header);
            position += header.Length;
            long count = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (count < 0 || count > (source.Length - position) / type.Size())
                throw Refuse($"it is truncated: storage \"{key}\" of {count} elements leaves the file. Fetch the file again.");
            if (!ranges.TryAdd(key, new StorageRange(position, count * type.Size())))
                throw Refuse($"storage \"{key}\" occurs twice.");
            position += count * type.Size();
        }

        return ranges;
    }
}
