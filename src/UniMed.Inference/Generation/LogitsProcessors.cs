namespace UniMed.Inference.Generation;

/// <summary>
/// What Hugging Face transformers 4.30.2 does to the scores of one sequence, [vocabulary], before a token is chosen. History and length are
/// those of a generation from embeddings: one beginning-of-sequence token and the new tokens, not the prompt. Thread-safe.
/// </summary>
internal static class LogitsProcessors
{
    /// <summary>
    /// RepetitionPenaltyLogitsProcessor: the score of each distinct token of the history is divided by the penalty, or multiplied by it where it
    /// is negative.
    /// </summary>
    public static void RepetitionPenalty(Span<float> scores, ReadOnlySpan<int> history, double penalty)
    {
        float factor = (float)penalty;
        if (factor == 1)
            return;

        for (int i = 0; i < history.Length; i++)
        {
            int id = history[i];
            if (history[..i].Contains(id))
                continue;
            scores[id] = scores[id] < 0 ? scores[id] * factor : scores[id] / factor;
        }
    }

    /// <summary>MinLengthLogitsProcessor: no end of sequence while the sequence is shorter than the least length.</summary>
    public static void MinLength(Span<float> scores, int currentLength, int minLength, int eosTokenId)
    {
        if (currentLength < minLength)
            scores[eosTokenId] = float.NegativeInfinity;
    }

    /// <summary>torch.nn.functional.log_softmax in fp32, the sum accumulated in fp64.</summary>
    /// <exception cref="UniMedException">The scores are not numbers, or all of them are minus infinity.</exception>
    public static void LogSoftmax(Span<float> scores)
    {
        float max = float.NegativeInfinity;
        foreach (float score in scores)
            max = Math.Max(max, score);

        double sum = 0;
        foreach (float score in scores)
            sum += MathF.Exp(score - max);
        if (!double.IsFinite(sum))
        {
            throw new UniMedException(
                "The language model's logits are not finite numbers. The weights may be damaged, or overflow in 16 bits; " +
                "convert them again, or with --dtype f32.");
        }

        float logSum = (float)Math.Log(sum);
        for (int i = 0; i < scores.Length; i++)
            scores[i] = scores[i] - max - logSum;
    }
}
