using UniMed.WeightsConverter.Pickle;

namespace UniMed.WeightsConverter.Torch;

/// <summary>The closed list, and a note of the type of every storage that a pickle names: the legacy format needs it to know how long a storage is.</summary>
internal sealed class StorageCollector : IPickleVocabulary
{
    private readonly TorchVocabulary _vocabulary = new();

    /// <summary>Every storage by its key; the first mention counts.</summary>
    public Dictionary<string, StorageValue> Storages { get; } = new(StringComparer.Ordinal);

    public object? FindGlobal(string module, string name) => _vocabulary.FindGlobal(module, name);

    public string? Reduce(object global, PickleTuple arguments, out object? result) => _vocabulary.Reduce(global, arguments, out result);

    public string? LoadPersistent(object? id, out object? result)
    {
        string? wrong = _vocabulary.LoadPersistent(id, out result);
        if (result is StorageValue storage)
            Storages.TryAdd(storage.Key, storage);
        return wrong;
    }
}
