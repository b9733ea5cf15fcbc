namespace UniMed.Inference.Generation.Constraints;

/// <summary>States in an order, equal to every one with the same members: what states of an automaton are recognized by.</summary>
/// <param name="members">Its members; not changed afterwards. For a set they are ascending.</param>
internal readonly struct StateSet(int[] members) : IEquatable<StateSet>
{
    private readonly int _hash = HashOf(members);

    /// <summary>The members.</summary>
    public int[] Members { get; } = members;

    /// <inheritdoc/>
    public bool Equals(StateSet other) => _hash == other._hash && Members.AsSpan().SequenceEqual(other.Members);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StateSet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    private static int HashOf(int[] members)
    {
        var hash = default(HashCode);
        foreach (int member in members)
            hash.Add(member);
        return hash.ToHashCode();
    }
}
