using System.Diagnostics.CodeAnalysis;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Sources;

/// <summary>
/// The tensors of one source by the key that the model itself gives them (<see cref="UnwrappedKey"/>), and which of them have found a use. What is left at the end is reported, never dropped
/// in silence.
/// </summary>
internal sealed class TensorPool
{
    private readonly OrderedDictionary<string, SourceTensor> _tensors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _skipped = new(StringComparer.Ordinal);
    private readonly List<(SourceTensor Tensor, SourceTensor Used)> _superseded = [];
    private readonly List<string> _conflicts = [];
    private readonly Dictionary<string, string> _wrappers = new(StringComparer.Ordinal);

    /// <summary>Takes the wrappers off all keys; of several tensors of one name the trained one stands.</summary>
    /// <param name="role">vision, language or checkpoint.</param>
    /// <param name="description">What messages call the source: a file or folder name.</param>
    /// <param name="tensors">All tensors by key, in the order of the file.</param>
    /// <param name="skipped">Its entries that are not tensors.</param>
    /// <param name="layout">Where its keys begin.</param>
    public TensorPool(string role, string description, IReadOnlyDictionary<string, SourceTensor> tensors, IReadOnlyList<SkippedValue> skipped, KeyLayout layout)
    {
        Role = role;
        Description = description;
        Skipped = skipped;
        foreach (SkippedValue value in skipped)
            _skipped.TryAdd(UnwrappedKey.Of(value.Key, layout).Name, value.What);
        var ranks = new Dictionary<string, KeyRank>(StringComparer.Ordinal);
        foreach (SourceTensor tensor in tensors.Values)
            Add(tensor, UnwrappedKey.Of(tensor.Key, layout), ranks);
    }

    /// <summary>vision, language or checkpoint.</summary>
    public string Role { get; }

    /// <summary>What messages call the source.</summary>
    public string Description { get; }

    /// <summary>Its entries that are not tensors.</summary>
    public IReadOnlyList<SkippedValue> Skipped { get; }

    /// <summary>All keys in the order of the file, without wrappers.</summary>
    public IEnumerable<string> Keys => _tensors.Keys;

    /// <summary>Tensors that no one has taken, by their keys without wrappers.</summary>
    public IEnumerable<KeyValuePair<string, SourceTensor>> Remaining => _tensors.Where(t => !_taken.Contains(t.Key));

    /// <summary>Tensors that another one of the same name stands for: peft's copies from before training, and equal ones.</summary>
    public IReadOnlyList<(SourceTensor Tensor, SourceTensor Used)> Superseded => _superseded;

    /// <summary>What is wrong with keys that only differ in their wrappers.</summary>
    public IReadOnlyList<string> Conflicts => _conflicts;

    /// <summary>The wrappers that were taken off the tensors that stand, and off how many.</summary>
    public IEnumerable<KeyValuePair<string, int>> Wrappers => _wrappers.Values.Where(w => w.Length > 0).CountBy(w => w).OrderBy(w => w.Key, StringComparer.Ordinal);

    /// <summary>Looks at a tensor without taking it.</summary>
    public bool TryPeek(string key, [MaybeNullWhen(false)] out SourceTensor tensor) => _tensors.TryGetValue(key, out tensor);

    /// <summary>Takes a tensor: it is accounted for.</summary>
    public bool TryTake(string key, [MaybeNullWhen(false)] out SourceTensor tensor)
    {
        if (!_tensors.TryGetValue(key, out tensor))
            return false;
        _taken.Add(key);
        return true;
    }

    /// <summary>What stands under a key in place of a tensor, or null when nothing does.</summary>
    public string? FindSkipped(string key) => _skipped.GetValueOrDefault(key);

    private void Add(SourceTensor tensor, UnwrappedKey key, Dictionary<string, KeyRank> ranks)
    {
        if (_tensors.TryAdd(key.Name, tensor))
        {
            (ranks[key.Name], _wrappers[key.Name]) = (key.Rank, key.Wrapper);
            return;
        }

        SourceTensor standing = _tensors[key.Name];
        if (key.Rank > ranks[key.Name])
        {
            _superseded.Add((standing, tensor));
            _tensors[key.Name] = tensor;
            (ranks[key.Name], _wrappers[key.Name]) = (key.Rank, key.Wrapper);
        }
        else if (key.Rank < ranks[key.Name] || TensorComparer.AreEqual(standing, tensor))
        {
            _superseded.Add((tensor, standing));
        }
        else
        {
            _conflicts.Add(
                $"{Description}: \"{standing.Key}\" and \"{tensor.Key}\" are both the model's \"{key.Name}\", and they differ. Keep one of them: the file must hold one state dict, with one adapter.");
        }
    }
}
