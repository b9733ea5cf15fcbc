namespace UniMed.Inference.Tasks;

/// <summary>How probable the model finds a category as its whole answer.</summary>
/// <param name="Label">The category.</param>
/// <param name="Probability">exp(<paramref name="LogProbability"/>), divided by the sum over the offered categories: 0 to 1, sums to 1.</param>
/// <param name="LogProbability">Sum of the log-probabilities of the category's tokens and the end token after the prompt.</param>
public sealed record LabelScore(string Label, double Probability, double LogProbability);
