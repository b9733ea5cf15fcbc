using System.Buffers;

namespace UniMed.Native;

/// <summary>Draws a token from warped scores: temperature, then top-k, then top-p, as Hugging Face orders its warpers.</summary>
/// <remarks>
/// Source: transformers 4.30.2 TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper. Probabilities are integers (<see cref="FixedPoint"/>): every device draws the same token from the
/// same scores. Thread-safe; the draw depends on scores, seed and step alone.
/// </remarks>
public static class TokenSampler
{
    /// <summary>What stands for 1 in <see cref="DropUnits"/>: 1 - top_p has no finer digits in fp32.</summary>
    internal const int DropUnit = 1 << 24;

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
        float largest = scores[LogitsProcessors.ArgMax(scores)];
        if (!float.IsFinite(largest))
            return WithoutDistribution(scores, how);
        ulong[] rented = ArrayPool<ulong>.Shared.Rent(scores.Length);
        Span<ulong> weights = rented.AsSpan(0, scores.Length);
        ulong total = FixedPointLanes.Weigh(scores, largest, weights);
        if (DropUnits(how) is > 0 and uint units)
            total = KeepTopP(scores, weights, Share(units, total), total);
        int drawn = Find(weights, FixedPoint.MultiplyHigh(Philox.Bits(how.Seed, (ulong)step) << 11, total));
        ArrayPool<ulong>.Shared.Return(rented);
        return drawn;
    }

    /// <summary>1 - top_p, the probability that may be dropped, in units of 2^-24; 0 where top-p keeps all.</summary>
    internal static uint DropUnits(SamplingParameters how) => how.DoSample && how.TopP < 1 ? (uint)((1 - how.TopP) * DropUnit) : 0;

    /// <summary>The part of a total that may be dropped, rounded down.</summary>
    private static ulong Share(uint units, ulong total) => units >= DropUnit ? total : FixedPoint.MultiplyHigh((ulong)units << 40, total);

    /// <summary>NaN or an infinite score: what sorting and cumulative sums that are NaN come to. The last token stays in the draw; top-p drops all but the largest number first.</summary>
    private static int WithoutDistribution(ReadOnlySpan<float> scores, SamplingParameters how)
    {
        int best = -1;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsNaN(scores[i]) && (best < 0 || scores[i] >= scores[best]))
                best = i;
        }

        return how.TopP < 1 && best >= 0 && float.IsFinite(scores[best]) ? best : scores.Length - 1;
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
    /// In ascending order, drops tokens while the weight of all up to and with them is at most the limit; the most likely always stays. Of equal scores the lowest id goes first.
    /// </summary>
    /// <returns>The weight of what is left.</returns>
    private static ulong KeepTopP(Span<float> scores, Span<ulong> weights, ulong limit, ulong total)
    {
        int[] rentedOrder = ArrayPool<int>.Shared.Rent(scores.Length);
        float[] rentedKeys = ArrayPool<float>.Shared.Rent(scores.Length);
        // Tokens up to this weight come to no more than the limit all together: they go unsorted. The most likely are above it.
        ulong light = Math.Min(limit / (ulong)scores.Length, (1UL << FixedPoint.Bits(scores.Length)) - 1);
        ulong dropped = 0;
        int count = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (weights[i] <= light)
            {
                dropped += weights[i];
                Drop(scores, weights, i);
                continue;
            }

            rentedKeys[count] = scores[i];
            rentedOrder[count++] = i;
        }

        Span<int> order = rentedOrder.AsSpan(0, count);
        SortStably(rentedKeys.AsSpan(0, count), order);
        for (int rank = 0; rank < count - 1 && dropped + weights[order[rank]] <= limit; rank++)
        {
            dropped += weights[order[rank]];
            Drop(scores, weights, order[rank]);
        }

        ArrayPool<int>.Shared.Return(rentedOrder);
        ArrayPool<float>.Shared.Return(rentedKeys);
        return total - dropped;
    }

    private static void Drop(Span<float> scores, Span<ulong> weights, int id)
    {
        scores[id] = float.NegativeInfinity;
        weights[id] = 0;
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

    /// <summary>The first token at which the cumulative weight passes the target, which is less than all weights together.</summary>
    private static int Find(ReadOnlySpan<ulong> weights, ulong target)
    {
        ulong cumulative = weights[0];
        int id = 0;
        while (cumulative <= target)
            cumulative += weights[++id];
        return id;
    }
}
