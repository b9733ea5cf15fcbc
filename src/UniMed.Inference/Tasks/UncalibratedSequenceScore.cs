using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>How probable the model finds its own answer. Uncalibrated: the model's own number, and no measured frequency of being right.</summary>
/// <param name="LogProbability">Sum of the natural log-probabilities of the answer's tokens, the end token included where the model gave it.</param>
/// <param name="MeanLogProbability">The same, divided by the number of tokens: comparable between answers of different length.</param>
/// <param name="Perplexity">exp(-mean): 1 where the model was certain of every token, vocab_size where it knew nothing.</param>
public sealed record UncalibratedSequenceScore(double LogProbability, double MeanLogProbability, double Perplexity)
{
    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(UncalibratedSequenceScore)} {{ {nameof(LogProbability)} = {Printed.Number(LogProbability)}, {nameof(MeanLogProbability)} = {Printed.Number(MeanLogProbability)}, {nameof(Perplexity)} = {Printed.Number(Perplexity)} }}";

    /// <summary>The score of tokens.</summary>
    internal static UncalibratedSequenceScore Of(IReadOnlyList<float> logProbabilities)
    {
        double sum = logProbabilities.Sum(value => (double)value);
        double mean = sum / logProbabilities.Count;
        return new UncalibratedSequenceScore(sum, mean, Math.Exp(-mean));
    }
}
