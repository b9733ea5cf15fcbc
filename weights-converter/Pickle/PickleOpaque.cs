namespace UniMed.WeightsConverter.Pickle;

/// <summary>
/// A value that a name outside the closed list would make: an optimizer, a NumPy number, a path. It is skipped, not constructed; who needs it refuses it by the name of its maker.
/// </summary>
/// <param name="Maker">What would make it, such as numpy.core.multiarray.scalar.</param>
internal sealed record PickleOpaque(string Maker)
{
    /// <summary>What messages call it.</summary>
    public override string ToString() => $"a value made by {Maker}, which is not read";
}
