using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A tensor that will be written.</summary>
/// <param name="Name">Name in the output.</param>
/// <param name="Source">Where its numbers come from.</param>
/// <param name="Lora">What is added to them, or null.</param>
internal sealed record PlannedTensor(string Name, SourceTensor Source, LoraPair? Lora = null);
