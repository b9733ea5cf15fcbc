using System.Runtime.CompilerServices;

namespace UniMed.WeightsConverter.Pickle;

/// <summary>
/// Equality of dictionary keys and memo indices. Hashes are salted for each process: a file cannot choose keys that all fall into one bucket.
/// </summary>
internal sealed class PickleKeyComparer : IEqualityComparer<object>
{
    public static PickleKeyComparer Instance { get; } = new();

    /// <summary>True for a value that can be a key.</summary>
    public static bool IsKey(object value) => value is not (PickleList or PickleDict);

    /// <summary>Strings and numbers by value; everything else, which nobody looks up, by identity.</summary>
    public new bool Equals(object? x, object? y) => x is string or long or double or bool ? object.Equals(x, y) : ReferenceEquals(x, y);

    public int GetHashCode(object obj) => obj switch
    {
        string text => text.GetHashCode(StringComparison.Ordinal),
        long number => HashCode.Combine(number),
        double number => HashCode.Combine(number),
        bool flag => HashCode.Combine(flag),
        _ => RuntimeHelpers.GetHashCode(obj),
    };
}
