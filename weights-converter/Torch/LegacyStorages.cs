namespace UniMed.WeightsConverter.Torch;

/// <summary>The storages of a legacy archive, which lie one behind another after the pickles.</summary>
internal sealed class LegacyStorages(IReadOnlyDictionary<string, StorageRange> ranges) : IStorageDirectory
{
    public bool TryFind(string key, out StorageRange range) => ranges.TryGetValue(key, out range);
}
