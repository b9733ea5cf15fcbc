namespace UniMed.WeightsConverter.Pickle;

/// <summary>A value that holds values. Equality is identity, so that comparing never walks a graph, however deep or circular.</summary>
internal abstract class PickleContainer
{
    /// <summary>Containers below this one, plus itself, as far as they were complete when they were added.</summary>
    public int Depth { get; private set; } = 1;

    /// <summary>Takes note of a value that this container is about to hold.</summary>
    /// <returns>The new depth.</returns>
    public int Hold(object? value)
    {
        if (value is PickleContainer inner && inner.Depth >= Depth)
            Depth = inner.Depth + 1;
        return Depth;
    }
}
