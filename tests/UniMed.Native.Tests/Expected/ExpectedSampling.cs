namespace UniMed.Native.Tests.Expected;

/// <summary>Hugging Face's processors and warpers, written with sets and sorted lists.</summary>
public static class ExpectedSampling
{
    /// <summary>Scores after repetition penalty and minimum length.</summary>
    public static double[] Process(float[] logits, int[] history, SamplingParameters how)
    {
        double[] scores = [.. logits.Select(logit => (double)logit)];
        foreach (int id in history.Distinct())
            scores[id] *= scores[id] < 0 ? how.RepetitionPenalty : 1.0 / how.RepetitionPenalty;
        if (history.Length < how.MinLength)
            scores[how.EosTokenId] = double.NegativeInfinity;
        return scores;
    }

    /// <summary>The distribution a token is drawn from: temperature, top-k, top-p, in this order.</summary>
    public static double[] Probabilities(double[] processed, SamplingParameters how)
    {
        double[] scores = [.. processed.Select(score => score / how.Temperature)];
        if (how.TopK > 0)
        {
            double least = scores.OrderDescending().ElementAt(Math.Min(how.TopK, scores.Length) - 1);
            scores = [.. scores.Select(score => score < least ? double.NegativeInfinity : score)];
        }

        double[] probabilities = Softmax(scores);
        if (how.TopP < 1)
        {
            // The least likely go while all that went makes up at most 1 - p; the lowest id first among equals; one token always stays.
            double gone = 0;
            foreach (int id in Enumerable.Range(0, scores.Length).OrderBy(id => scores[id]).ThenBy(id => id).SkipLast(1))
            {
                gone += probabilities[id];
                if (gone > 1 - (double)how.TopP)
                    break;
                scores[id] = double.NegativeInfinity;
            }

            probabilities = Softmax(scores);
        }

        return probabilities;
    }

    public static double[] Softmax(double[] scores)
    {
        double[] exponentials = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
        return [.. exponentials.Select(exponential => exponential / exponentials.Sum())];
    }
}
