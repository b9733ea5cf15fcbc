using System.Buffers;

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
        float[] rented = ArrayPool<float>.Shared.Rent(topK);
        float least = KthLargest(scores, rented.AsSpan(0, topK));
        ArrayPool<float>.Shared.Return(rented);
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] < least)
                scores[i] = float.NegativeInfinity;
        }
    }

    /// <summary>
    /// The smallest of the k largest, by a heap of k with its smallest on top: of a vocabulary of 32000 and k = 50 nearly every score is compared once, where a sort moves all of them.
    /// NaN counts as minus infinity.
    /// </summary>
    private static float KthLargest(ReadOnlySpan<float> scores, Span<float> heap)
    {
        heap.Fill(float.NegativeInfinity);
        foreach (float score in scores)
        {
            if (!(score > heap[0]))
                continue;
            int at = 0;
            for (int child = 1; child < heap.Length; child = (2 * at) + 1)
            {
                if (child + 1 < heap.Length && heap[child + 1] < heap[child])
                    child++;
                if (heap[child] >= score)
                    break;
                heap[at] = heap[child];
                at = child;
            }

            heap[at] = score;
        }

        return heap[0];
    }

    /// <summary>
    /// In ascending order, drops tokens while the probability of all up to and with them is at most 1 - p; the most likely always stays. Of equal scores the lowest id goes first.
    /// Tokens that are dropped already have no probability and are not sorted.
    /// </summary>
    private static void KeepTopP(Span<float> scores, float topP)
    {
        int[] rentedOrder = ArrayPool<int>.Shared.Rent(scores.Length);
        float[] rentedKeys = ArrayPool<float>.Shared.Rent(scores.Length);
        double[] rented = ArrayPool<double>.Shared.Rent(scores.Length);
        int count = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (float.IsNegativeInfinity(scores[i]))
                continue;
            rentedKeys[count] = scores[i];
            rentedOrder[count++] = i;
        }

        Span<int> order = rentedOrder.AsSpan(0, count);
        Span<float> keys = rentedKeys.AsSpan(0, count);
        Span<double> probabilities = rented.AsSpan(0, count);
        SortStably(keys, order);
        Probabilities(keys, probabilities);
        double cumulative = 0;
        for (int rank = 0; rank < order.Length - 1; rank++)
        {
            cumulative += probabilities[rank];
            if (cumulative > 1 - topP)
                break;
            scores[order[rank]] = float.NegativeInfinity;
        }

        ArrayPool<int>.Shared.Return(rentedOrder);
        ArrayPool<float>.Shared.Return(rentedKeys);
        ArrayPool<double>.Shared.Return(rented);
    }

    private static void SortStably(Span<float> keys, Span<int> order)
    {
        keys.Sort(order);
        for (int start = 0; start < keys.Length;)
        {
            int end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
                end++;
            order[start..end].Sort();
            start = end;
        }
    }

    private static int DrawFrom(ReadOnlySpan<float> scores, double uniform)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(scores.Length);
        Span<double> probabilities = rented.AsSpan(0, scores.Length);
        Probabilities(scores, probabilities);
        int drawn = DrawFrom(probabilities, uniform);
        ArrayPool<double>.Shared.Return(rented);
        return drawn;
    }

    private static int DrawFrom(ReadOnlySpan<double> probabilities, double uniform)
    {
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

    private static void Probabilities(ReadOnlySpan<float> scores, Span<double> probabilities)
    {
        double largest = double.NegativeInfinity;
        foreach (float score in scores)
            largest = Math.Max(largest, score);
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            probabilities[i] = Math.Exp(scores[i] - largest);
            sum += probabilities[i];
        }

        for (int i = 0; i < scores.Length; i++)
            probabilities[i] /= sum;
    }
}
