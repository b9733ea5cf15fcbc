namespace UniMed.Inference.Generation;

/// <summary>A sequence that beam search has finished.</summary>
/// <param name="Ids">Token ids, the beginning-of-sequence token first.</param>
/// <param name="LogProbabilities">
/// Natural log-probability of each token after the first under the model, before any penalty. A final end-of-sequence token has one only where
/// the model chose it.
/// </param>
/// <param name="Score">Sum of the processed log-probabilities / length ^ length penalty, the length without the end-of-sequence token.</param>
internal sealed record BeamHypothesis(IReadOnlyList<int> Ids, IReadOnlyList<float> LogProbabilities, double Score);
