namespace UniMed.Native;

/// <summary>Hugging Face's logits processors on the scores of one sequence, in place.</summary>
/// <remarks>
/// The reference generates from embeddings, so histories and lengths count one begin-of-sequence token and the new tokens, not the prompt.
/// Source: transformers 4.30.2, generation/logits_process.py. Thread-safe.
/// </remarks>
public static class LogitsProcessors
{
    /// <summary>Each distinct token of the history: a negative score is multiplied by the penalty, another divided by it.</summary>
    /// <param name="scores">Logits, or log-probabilities in a beam search.</param>
    /// <param name="history">Token ids so far.</param>
    /// <param name="penalty">Greater than 0; 1 does nothing.</param>
    public static void RepetitionPenalty(Span<float> scores, ReadOnlySpan<int> history, float penalty)
    {
        if (penalty == 1)
            return;
        for (int i = 0; i < history.Length; i++)
        {
            int id = history[i];
            if (history[..i].Contains(id))
                continue;
            scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
        }
    }

    /// <summary>Forbids the end token while the sequence is shorter than the least length.</summary>
    public static void MinLength(Span<float> scores, int length, int minLength, int eosTokenId)
    {
        if (length < minLength)
            scores[eosTokenId] = float.NegativeInfinity;
    }

    /// <summary>The largest score's index; the lowest among equals, and NaN counts as largest, as in torch.argmax.</summary>
    public static int ArgMax(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i]))
                return i;
            if (scores[i] > scores[best])
                best = i;
        }

        return best;
    }

    /// <summary>scores - log(sum(exp(scores))), the sum in double precision.</summary>
    public static void LogSoftmax(Span<float> scores)
    {
        float largest = float.NegativeInfinity;
        foreach (float score in scores)
            largest = MathF.Max(largest, score);
        double sum = 0;
        foreach (float score in scores)
            sum += Math.Exp(score - largest);
        float logSum = (float)Math.Log(sum);
        for (int i = 0; i < scores.Length; i++)
            scores[i] = scores[i] - largest - logSum;
    }
}
