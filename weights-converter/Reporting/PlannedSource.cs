namespace UniMed.WeightsConverter.Reporting;

/// <summary>A file that a conversion reads.</summary>
/// <param name="Role">vision, language, tokenizer or checkpoint.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its length.</param>
public sealed record PlannedSource(string Role, string Path, long Bytes);
