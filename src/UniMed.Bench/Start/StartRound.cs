namespace UniMed.Bench.Start;

/// <summary>One process from its beginning to its end.</summary>
/// <param name="ProcessMs">From the moment it was asked for until it had ended.</param>
/// <param name="Figures">What it said itself.</param>
internal sealed record StartRound(double ProcessMs, StartFigures Figures);
