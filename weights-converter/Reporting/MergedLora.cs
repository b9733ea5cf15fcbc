namespace UniMed.WeightsConverter.Reporting;

/// <summary>A LoRA pair that was merged into a weight: W' = W + (alpha / rank) B A.</summary>
/// <param name="Name">The weight's name in the output.</param>
/// <param name="Rank">Rank of the pair.</param>
/// <param name="Alpha">Alpha.</param>
public sealed record MergedLora(string Name, int Rank, double Alpha);
