namespace UniMed.WeightsConverter.Pickle;

/// <summary>A name outside the closed list. It is kept as text: never looked up, never called.</summary>
/// <param name="Name">Module and name.</param>
internal sealed record PickleGlobal(string Name);
