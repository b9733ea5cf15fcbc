namespace UniMed.WeightsConverter.Reporting;

/// <summary>What a conversion is about to do: all sources are read and checked, nothing is written yet.</summary>
/// <param name="Report">Options, tensors and notes; output bytes are those of the tensors, and there are no files yet.</param>
/// <param name="Sources">The files that are read, and their bytes.</param>
/// <param name="FreeBytes">Bytes that are free where the output goes, or null when the system does not say.</param>
public sealed record ConversionPlan(ConversionReport Report, IReadOnlyList<PlannedSource> Sources, long? FreeBytes);
