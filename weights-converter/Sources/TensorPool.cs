using System.Diagnostics.CodeAnalysis;

namespace UniMed.WeightsConverter.Sources;

/// <summary>The tensors of one source by key, and which of them have found a use. What is left at the end is reported, never dropped in silence.</summary>
/// <param name="role">vision, language or checkpoint.</param>
/// <param name="description">What messages call the source: a file or folder name.</param>
/// <param name="tensors">All tensors by key, in the order of the file.</param>
internal sealed class TensorPool(string role, string description, IReadOnlyDictionary<string, SourceTensor> tensors)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>vision, language or checkpoint.</summary>
    public string Role { get; } = role;

    /// <summary>What messages call the source.</summary>
    public string Description { get; } = description;

    /// <summary>All keys in the order of the file.</summary>
    public IEnumerable<string> Keys => tensors.Keys;

    /// <summary>Keys that no one has taken.</summary>
    public IEnumerable<string> Remaining => tensors.Keys.Where(k => !_taken.Contains(k));

    /// <summary>Looks at a tensor without taking it.</summary>
    public bool TryPeek(string key, [MaybeNullWhen(false)] out SourceTensor tensor) => tensors.TryGetValue(key, out tensor);

    /// <summary>Takes a tensor: it is accounted for.</summary>
    public bool TryTake(string key, [MaybeNullWhen(false)] out SourceTensor tensor)
    {
        if (!tensors.TryGetValue(key, out tensor))
            return false;
        _taken.Add(key);
        return true;
    }
}
