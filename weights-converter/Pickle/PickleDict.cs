using System.Diagnostics.CodeAnalysis;

namespace UniMed.WeightsConverter.Pickle;

/// <summary>A Python dict or OrderedDict: keys in the order of insertion.</summary>
internal sealed class PickleDict : PickleContainer
{
    private OrderedDictionary<object, object?>? _entries;

    /// <summary>The entries in order. Keys are string, long, double, bool, or by identity anything that is no list and no dictionary.</summary>
    public IReadOnlyCollection<KeyValuePair<object, object?>> Entries => _entries ?? (IReadOnlyCollection<KeyValuePair<object, object?>>)[];

    /// <summary>Sets an entry; the last value of a key wins.</summary>
    public void Set(object key, object? value) => (_entries ??= new OrderedDictionary<object, object?>(PickleKeyComparer.Instance))[key] = value;

    /// <summary>Finds the value of a string key.</summary>
    public bool TryGet(string key, [MaybeNullWhen(false)] out object value)
    {
        value = null;
        return _entries is not null && _entries.TryGetValue(key, out value) && value is not null;
    }
}
