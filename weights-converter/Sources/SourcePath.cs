namespace UniMed.WeightsConverter.Sources;

/// <summary>A file that a conversion reads, for the provenance.</summary>
/// <param name="Role">vision, language, tokenizer or checkpoint.</param>
/// <param name="Path">Where it is.</param>
internal sealed record SourcePath(string Role, string Path);
