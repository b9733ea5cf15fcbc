using System.Diagnostics.CodeAnalysis;

namespace UniMed.Inference.Weights;

/// <summary>How configuration files and command lines spell the values of one option. Thread-safe.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class OptionSpelling<T>
    where T : struct
{
    private readonly Dictionary<string, T> _values;
    private readonly Dictionary<T, string> _names;

    /// <summary>Makes it.</summary>
    /// <param name="option">What files call the option.</param>
    /// <param name="values">All values.</param>
    /// <param name="name">The spelling of a value.</param>
    /// <param name="choices">The spellings as a message lists them; null: one after the other.</param>
    public OptionSpelling(string option, IEnumerable<T> values, Func<T, string> name, string? choices = null)
    {
        Option = option;
        _names = values.ToDictionary(value => value, name);
        _values = _names.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
        string[] words = [.. _names.Values];
        Choices = choices ?? $"{string.Join(", ", words[..^1])} or {words[^1]}";
    }

    /// <summary>What files call the option: <c>router_type</c>.</summary>
    public string Option { get; }

    /// <summary>The spellings, for messages.</summary>
    public string Choices { get; }

    /// <summary>All spellings.</summary>
    public IReadOnlyCollection<string> Words => _values.Keys;

    /// <summary>Reads a spelling, exactly as files have it.</summary>
    public bool TryParse([NotNullWhen(true)] string? word, out T value)
    {
        value = default;
        return word is not null && _values.TryGetValue(word, out value);
    }

    /// <summary>True for a value of the option; an enum can hold others.</summary>
    public bool Contains(T value) => _names.ContainsKey(value);

    /// <summary>The spelling of a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no value of the option.</exception>
    public string Name(T value) =>
        _names.TryGetValue(value, out string? name) ? name : throw new ArgumentOutOfRangeException(nameof(value), value, $"{Option} must be {Choices}.");
}
