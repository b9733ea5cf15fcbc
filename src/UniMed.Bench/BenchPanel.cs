namespace UniMed.Bench;

/// <summary>One measure of a chart.</summary>
/// <param name="Title">What it is, with its unit.</param>
/// <param name="Bars">A bar for each load.</param>
internal sealed record BenchPanel(string Title, IReadOnlyList<(string Label, Spread Value)> Bars);
