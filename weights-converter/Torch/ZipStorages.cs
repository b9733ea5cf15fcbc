namespace UniMed.WeightsConverter.Torch;

/// <summary>The storages of a zip archive: PREFIX/data/KEY.</summary>
internal sealed class ZipStorages(ZipDirectory directory, string prefix) : IStorageDirectory
{
    public bool TryFind(string key, out StorageRange range)
    {
        range = default;
        if (!directory.Entries.TryGetValue($"{prefix}data/{key}", out ZipEntry? entry))
            return false;
        range = new StorageRange(directory.FindData(entry), entry.Size);
        return true;
    }
}
