namespace UniMed.GpuBench.Reporting;

/// <summary>One golden case.</summary>
/// <param name="Case">Number and task.</param>
/// <param name="Expected">The authors' answer.</param>
/// <param name="Actual">Ours.</param>
/// <param name="Passed">Whether all tokens are equal.</param>
internal sealed record GoldenRow(string Case, string Expected, string Actual, bool Passed);
