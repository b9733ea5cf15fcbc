namespace UniMed.WeightsConverter.Pickle;

/// <summary>A Python tuple.</summary>
internal sealed class PickleTuple(object?[] items) : PickleContainer
{
    /// <summary>The elements.</summary>
    public IReadOnlyList<object?> Items { get; } = items;
}
