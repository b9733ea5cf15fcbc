namespace UniMed.Inference.Generation.Constraints;

/// <summary>The strings of a schema that give no maxLength: how many a text of the schema may hold, and how long each may be.</summary>
/// <param name="maxLength">Characters of each.</param>
internal sealed class UnboundedStrings(int maxLength)
{
    private long _repeats = 1;

    /// <summary>Characters of each.</summary>
    public int MaxLength { get; } = maxLength;

    /// <summary>How many there are, an array's as often as it may have elements; at most <see cref="int.MaxValue"/>.</summary>
    public long Count { get; private set; }

    /// <summary>Characters of each where they share what there is.</summary>
    public int SharedLength =>
        (int)Math.Clamp(ConstraintLimits.SharedMaxLength / Math.Max(Count, 1), ConstraintLimits.SmallestMaxLength, ConstraintLimits.DefaultMaxLength);

    /// <summary>Counts one.</summary>
    public void Add() => Count = Math.Min(Count + _repeats, int.MaxValue);

    /// <summary>Reads the schema of an array's elements.</summary>
    /// <param name="times">How many elements there may be.</param>
    /// <param name="read">Reads it.</param>
    public Grammar InArray(int times, Func<Grammar> read)
    {
        long repeats = _repeats;
        _repeats = Math.Min(_repeats * times, int.MaxValue);
        Grammar element = read();
        _repeats = repeats;
        return element;
    }
}
