namespace UniMed.WeightsConverter.Reporting;

/// <summary>An option and where its value came from.</summary>
/// <param name="Name">Its name in the authors' configuration.</param>
/// <param name="Value">Its value.</param>
/// <param name="Origin">The checkpoint's config, a flag, a file, the authors' default, or the tensors' shapes.</param>
public sealed record ReportedOption(string Name, string Value, string Origin);
