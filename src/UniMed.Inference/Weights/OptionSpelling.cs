using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace UniMed.Inference.Weights;

/// <summary>How configuration files and command lines spell the values of one option. Thread-safe.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class OptionSpelling<T>
    where T : struct
{
    // Lists of a few, searched: a dictionary of each enum would be compiled for it when a program starts.
    private readonly T[] _values;
    private readonly string[] _words;

    /// <summary>Makes it.</summary>
    /// <param name="option">What files call the option.</param>
    /// <param name="values">All values.</param>
    /// <param name="words">The spelling of each.</param>
    /// <param name="choices">The spellings as a message lists them; null: one after the other.</param>
    public OptionSpelling(string option, T[] values, string[] words, string? choices = null)
    {
        Option = option;
        _values = values;
        _words = words;
        Choices = choices ?? $"{string.Join(", ", words[..^1])} or {words[^1]}";
    }

    /// <summary>What files call the option: <c>router_type</c>.</summary>
    public string Option { get; }

    /// <summary>The spellings, for messages.</summary>
    public string Choices { get; }

    /// <summary>All spellings.</summary>
    public IReadOnlyCollection<string> Words => _words;

    /// <summary>Reads a spelling, exactly as files have it.</summary>
    public bool TryParse([NotNullWhen(true)] string? word, out T value)
    {
        int at = Array.IndexOf(_words, word);
        value = at < 0 ? default : _values[at];
        return at >= 0;
    }

    /// <summary>Reads a value of config.json.</summary>
    /// <exception cref="JsonException">It is no spelling of the option; the message names it and lists them.</exception>
    public T Read(JsonElement value)
    {
        string? word = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (TryParse(word, out T parsed))
            return parsed;
        string found = word is null ? value.GetRawText() : SafetensorsException.Quote(word);
        throw new JsonException($"connector.{Option} is {found}; expected {Choices}.");
    }

    /// <summary>True for a value of the option; an enum can hold others.</summary>
    public bool Contains(T value) => IndexOf(value) >= 0;

    /// <summary>The spelling of a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no value of the option.</exception>
    public string Name(T value) =>
        IndexOf(value) is >= 0 and var at ? _words[at] : throw new ArgumentOutOfRangeException(nameof(value), value, $"{Option} must be {Choices}.");

    // As objects: the comparer that Array.IndexOf takes would be made by reflection for each type.
    private int IndexOf(T value)
    {
        object wanted = value;
        for (int i = 0; i < _values.Length; i++)
        {
            if (wanted.Equals(_values[i]))
                return i;
        }

        return -1;
    }
}
