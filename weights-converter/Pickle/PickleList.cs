namespace UniMed.WeightsConverter.Pickle;

/// <summary>A Python list.</summary>
internal sealed class PickleList : PickleContainer
{
    private List<object?>? _items;

    /// <summary>The elements. They may include this list itself.</summary>
    public IReadOnlyList<object?> Items => _items ?? (IReadOnlyList<object?>)[];

    /// <summary>Adds one element.</summary>
    public void Add(object? value) => (_items ??= []).Add(value);
}
