namespace UniMed.Native;

/// <summary>A chosen token.</summary>
/// <param name="Id">Token id.</param>
/// <param name="LogProbability">Natural logarithm of the model's own probability of it: log-softmax of the logits before any penalty or warper.</param>
public readonly record struct SampledToken(int Id, float LogProbability);
