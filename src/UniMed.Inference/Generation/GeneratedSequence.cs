namespace UniMed.Inference.Generation;

/// <summary>What was generated for one request.</summary>
/// <param name="TokenIds">New tokens, the end token included when the model gave it.</param>
/// <param name="LogProbabilities">Log-probability of each new token under the model, when asked for.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PrefillMilliseconds">From the start of the batch to its first logits.</param>
/// <param name="TokenMilliseconds">Time of each step after the prefill; the first token costs only its choice.</param>
internal sealed record GeneratedSequence(
    IReadOnlyList<int> TokenIds,
    IReadOnlyList<float>? LogProbabilities,
    FinishReason FinishReason,
    double PrefillMilliseconds,
    IReadOnlyList<double> TokenMilliseconds);
