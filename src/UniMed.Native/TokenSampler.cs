namespace UniMed.Native;

/// <summary>Draws a token from warped scores: temperature, then top-k, then top-p, as Hugging Face orders its warpers.</summary>
/// <remarks>Source: transformers 4.30.2 TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper. Thread-safe; the draw depends on scores, seed and step alone.</remarks>
public static class TokenSampler
{
    /// <summary>Warps the scores in place and draws.</summary>
    /// <param name="scores">Scores after the logits processors.</param>
    /// <param name="how">Temperature, top-k, top-p and seed.</param>
    /// <param name="step">Counter of the generator: the length of the history.</param>
    /// <returns>Token id.</returns>
    public static int Draw(Span<float> scores, SamplingParameters how, int step)
    {
        if (how.Temperature != 1)
        {
            for (int i = 0; i < scores.Length; i++)
                scores[i] /= how.Temperature;
        }

        if (how.TopK > 0 && how.TopK < scores.Length)
            KeepTopK(scores, how.TopK);
        if (how.TopP < 1)
            KeepTopP(scores, how.TopP);
        return DrawFrom(scores, Philox.Uniform(how.Seed, (ulong)step));
    }

    /// <summary>Drops every score below the k-th largest; equals of the k-th stay.</summary>
    private static void KeepTopK(Span<float> scores, int topK)
    {
        float[] sorted = scores.ToArray();
        Array.Sort(sorted);
        float least = sorted[^topK];
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] < least)
                scores[i] = float.NegativeInfinity;
        }
    }

    /// <summary>In ascending order, drops tokens while the probability of all up to and with them is at most 1 - p; the most likely always stays. Of equal scores the lowest id goes first.</summary>
    private static void KeepTopP(Span<float> scores, float topP)
    {
        var order = new int[scores.Length];
        float[] keys = scores.ToArray();
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        SortStably(keys, order);
        double[] probabilities = Probabilities(keys);
        double cumulative = 0;
        for (int rank = 0; rank < order.Length - 1; rank++)
        {
            cumulative += probabilities[rank];
            if (cumulative > 1 - topP)
                break;
            scores[order[rank]] = float.NegativeInfinity;
        }
    }

    private static void SortStably(float[] keys, int[] order)
    {
        Array.Sort(keys, order);
        for (int start = 0; start < keys.Length;)
        {
            int end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
                end++;
            Array.Sort(order, start, end - start);
            start = end;
        }
    }

    private static int DrawFrom(ReadOnlySpan<float> scores, double uniform)
    {
        double[] probabilities = Probabilities(scores);
        double cumulative = 0;
        int last = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] == 0)
                continue;
            cumulative += probabilities[i];
            last = i;
            if (uniform < cumulative)
                return i;
        }

        return last;
    }

    private static double[] Probabilities(ReadOnlySpan<float> scores)
    {
        double largest = double.NegativeInfinity;
        foreach (float score in scores)
            largest = Math.Max(largest, score);
        var probabilities = new double[scores.Length];
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            probabilities[i] = Math.Exp(scores[i] - largest);
            sum += probabilities[i];
        }

        for (int i = 0; i < scores.Length; i++)
            probabilities[i] /= sum;
        return probabilities;
    }
}
