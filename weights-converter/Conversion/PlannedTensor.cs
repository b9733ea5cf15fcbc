using UniMed.Native;
using UniMed.WeightsConverter.Sources;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A tensor that will be written.</summary>
/// <param name="Name">Name in the output.</param>
/// <param name="Source">Where its numbers come from.</param>
/// <param name="Lora">What is added to them, or null.</param>
internal sealed record PlannedTensor(string Name, SourceTensor Source, LoraPair? Lora = null)
{
    /// <summary>Type in the output.</summary>
    public ElementType OutputType(WeightDtype dtype) => dtype switch
    {
        WeightDtype.F32 => ElementType.F32,
        WeightDtype.F16 => ElementType.F16,
        WeightDtype.BF16 => ElementType.BF16,
        _ => Lora is null ? Source.Type.ToElementType()!.Value : ElementType.F32,
    };
}
