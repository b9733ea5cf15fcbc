using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>How probable the model finds a category as its whole answer.</summary>
/// <param name="Label">The category.</param>
/// <param name="Probability">exp(<paramref name="LogProbability"/>), divided by the sum over the offered categories: 0 to 1, sums to 1.</param>
/// <param name="LogProbability">Sum of the log-probabilities of the category's tokens and the end token after the prompt.</param>
/// <remarks>Uncalibrated: the model's own number, and no measured frequency of being right.</remarks>
public sealed record LabelScore(string Label, double Probability, double LogProbability)
{
    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(LabelScore)} {{ {nameof(Label)} = {Label}, {nameof(Probability)} = {Printed.Number(Probability)}, {nameof(LogProbability)} = {Printed.Number(LogProbability)} }}";

    /// <summary>Labels by their probability, most probable first.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="logProbabilities">Of each label's tokens, the end token included.</param>
    internal static IReadOnlyList<LabelScore> Rank(IReadOnlyList<string> labels, float[][] logProbabilities)
    {
        double[] sums = [.. logProbabilities.Select(tokens => tokens.Sum(score => (double)score))];
        double largest = sums.Max();
        double total = sums.Sum(sum => Math.Exp(sum - largest));
        return [.. labels.Select((label, i) => new LabelScore(label, Math.Exp(sums[i] - largest) / total, sums[i])).OrderByDescending(score => score.LogProbability)];
    }
}
