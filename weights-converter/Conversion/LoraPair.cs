using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A low-rank update of a weight [out, in].</summary>
/// <param name="A">lora_A, [rank, in].</param>
/// <param name="B">lora_B, [out, rank].</param>
/// <param name="Rank">Its rank.</param>
/// <param name="Alpha">Its alpha: the update is (alpha / rank) B A.</param>
internal sealed record LoraPair(SourceTensor A, SourceTensor B, int Rank, double Alpha);
