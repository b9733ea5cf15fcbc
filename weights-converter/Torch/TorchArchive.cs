using System.Text;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>
/// A file of torch.save, zip or legacy: its object as data, and its tensors as checked views that are read on demand. Nothing in the file is run.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    private readonly IByteSource _source;
    private readonly IStorageDirectory _storages;

    private TorchArchive(IByteSource source, object? root, IStorageDirectory storages)
    {
        _source = source;
        Root = root;
        _storages = storages;
    }

    /// <summary>File name without its folder.</summary>
    public string Name => _source.Name;

    /// <summary>The saved object; see <see cref="Unpickler"/> for the types it is made of, and <see cref="TensorValue"/>.</summary>
    public object? Root { get; }

    /// <summary>Opens an archive. The bytes are disposed with it, also when opening fails.</summary>
    /// <exception cref="ConversionException">It is not an archive, is damaged, or asks for something outside the closed list.</exception>
    public static TorchArchive Open(IByteSource source)
    {
        try
        {
            (object? root, IStorageDirectory storages) = ArchiveKind.IsZip(source) ? ReadZip(source) : LegacyArchive.Read(source);
            return new TorchArchive(source, root, storages);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Checks a tensor of the object.</summary>
    /// <param name="key">Its key, for messages.</param>
    /// <param name="tensor">The tensor.</param>
    public TensorView View(string key, TensorValue tensor) => TensorView.Check(_source, _storages, key, tensor);

    public void Dispose() => _source.Dispose();

    private static (object? Root, IStorageDirectory Storages) ReadZip(IByteSource source)
    {
        ZipDirectory directory = ZipDirectory.Read(source);
        ZipEntry pickle = FindPickle(source, directory);
        string prefix = pickle.Name[..^"data.pkl".Length];
        if (directory.Entries.TryGetValue($"{prefix}byteorder", out ZipEntry? byteOrder))
            CheckByteOrder(source, directory, byteOrder);
        long start = directory.FindData(pickle);
        object? root = Unpickler.Load(new PickleReader(source, start, start + pickle.Size), new TorchVocabulary());
        return (root, new ZipStorages(directory, prefix));
    }

    private static ZipEntry FindPickle(IByteSource source, ZipDirectory directory)
    {
        List<ZipEntry> pickles = [.. directory.Entries.Values.Where(e => e.Name.Split('/') is ["data.pkl"] or [_, "data.pkl"])];
        return pickles.Count == 1
            ? pickles[0]
            : throw new ConversionException($"{source.Name} is a zip archive with {pickles.Count} entries NAME/data.pkl; a file of torch.save has one.");
    }

    private static void CheckByteOrder(IByteSource source, ZipDirectory directory, ZipEntry entry)
    {
        var text = new byte[Math.Min(entry.Size, 16)];
        source.Read(directory.FindData(entry), text);
        if (!text.AsSpan().SequenceEqual("little"u8))
        {
            throw new ConversionException(
                $"{source.Name} is refused: its byte order is \"{Encoding.ASCII.GetString(text).Trim()}\"; only little-endian archives are read.");
        }
    }
}
