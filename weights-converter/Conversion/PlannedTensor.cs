using UniMed.Inference.Weights.Layout;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A tensor that will be written.</summary>
/// <param name="Layout">What it is in the output.</param>
/// <param name="Source">Where its numbers come from.</param>
/// <param name="Lora">What is added to them, or null.</param>
internal sealed record PlannedTensor(LayoutTensor Layout, SourceTensor Source, LoraPair? Lora = null)
{
    /// <summary>Name in the output.</summary>
    public string Name => Layout.Name;
}
