using System.Text.Json.Serialization;

namespace UniMed.Cli.Rendering;

/// <summary>How far samples agree. Uncalibrated.</summary>
/// <param name="Samples">How many were drawn.</param>
/// <param name="Share">Share of those that say what is given as the answer.</param>
/// <param name="MeanPairwiseIou">Of boxes; null for other answers.</param>
internal sealed record AgreementRecord(int Samples, double Share, [property: JsonPropertyName("mean_pairwise_iou")] double? MeanPairwiseIou);
