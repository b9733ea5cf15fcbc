using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// The next token of each row: repetition penalty, least length, then the largest score or a draw after temperature, top-k and top-p. Shapes: logits [rows, vocabulary] -> ids and
/// log-probabilities [rows]; grid (rows). Work: argmax reads a row four times; a draw reads it up to 60 times more, from caches.
/// </summary>
/// <remarks>
/// Nothing is sorted: thresholds are found bit by bit, that of top-k by counting lower keys, that of top-p by adding their weights. Weights are integers (<see cref="FixedPoint"/>), so sums and
/// comparisons are exact and of no order, and a row draws the same token on every device and in any batch.
/// </remarks>
internal static class SampleKernels
{
    public static void Choose<TShape>(SampleArguments a)
        where TShape : unmanaged, IGroupShape
    {
        ArrayView<ulong> sums = SharedMemory.Allocate<ulong>(3 * default(TShape).Threads);
        ArrayView<uint> keys = SharedMemory.Allocate<uint>(2 * default(TShape).Threads);
        ArrayView<int> ids = SharedMemory.Allocate<int>(2 * default(TShape).Threads);
        int thread = Group.IdxX;
        int row = Grid.IdxX;
        long begin = (long)row * a.Vocabulary;
        SamplingRow how = a.Rows[row];
        int length = a.HistoryOffsets[row + 1] - a.HistoryOffsets[row];
        ProcessScores<TShape>(a, how, begin, a.HistoryOffsets[row], length);

        uint largestLogit = ScoreKey.Lowest;
        uint bestKey = ScoreKey.Lowest;
        int bestId = a.Vocabulary;
        for (int id = thread; id < a.Vocabulary; id += default(TShape).Threads)
        {
            float score = a.Scores[begin + id];
            if (how.DoSample != 0 && how.Temperature != 1f)
            {
                score /= how.Temperature;
                a.Scores[begin + id] = score;
            }

            uint key = ScoreKey.Of(score, ScoreKey.Highest);
            if (key > bestKey || bestId == a.Vocabulary)
            {
                bestKey = key;
                bestId = id;
            }

            uint logit = ScoreKey.Of(a.Logits[begin + id], ScoreKey.Highest);
            largestLogit = logit > largestLogit ? logit : largestLogit;
        }

        uint largest = GroupReduction.Largest<TShape>(keys, largestLogit);
        bestId = GroupReduction.Best<TShape>(keys, ids, bestKey, bestId, lowestId: 1);
        bestKey = keys[default(TShape).Threads + Group.IdxX];
        float shift = ScoreKey.Score(largest);
        ulong sum = 0;
        for (int id = thread; id < a.Vocabulary; id += default(TShape).Threads)
            sum += FixedPoint.Exp(shift, a.Logits[begin + id], a.Bits);
        sum = GroupReduction.Add<TShape>(sums, sum);

        int chosen = bestId;
        if (how.DoSample != 0)
        {
            if (ScoreKey.IsFinite(bestKey))
                chosen = Draw<TShape>(a, how, begin, length, bestKey, sums);
            else
                chosen = WithoutDistribution<TShape>(a, how, begin, keys, ids);
        }

        if (thread == 0)
        {
            a.Ids[row] = chosen;
            a.LogProbabilities[row] = a.Logits[begin + chosen] - shift - LogOfSum(sum, a.Bits);
        }
    }

    /// <summary>Scores after penalty and least length. A token that stands in the history twice is written twice, with the same number.</summary>
    private static void ProcessScores<TShape>(SampleArguments a, SamplingRow how, long begin, int history, int length)
        where TShape : unmanaged, IGroupShape
    {
        for (int id = Group.IdxX; id < a.Vocabulary; id += default(TShape).Threads)
            a.Scores[begin + id] = a.Logits[begin + id];
        Group.Barrier();
        // Behind a branch with a barrier in it pocl compiles all that follows twice.
        int penalized = how.RepetitionPenalty != 1f ? length : 0;
        for (int i = Group.IdxX; i < penalized; i += default(TShape).Threads)
        {
            int id = a.History[history + i];
            float logit = a.Logits[begin + id];
            a.Scores[begin + id] = logit < 0f ? logit * how.RepetitionPenalty : logit / how.RepetitionPenalty;
        }

        Group.Barrier();
        if (length < how.MinLength && Group.IdxX == 0)
            a.Scores[begin + how.EosTokenId] = float.NegativeInfinity;
        Group.Barrier();
    }

    /// <summary>NaN or an infinite score: what sorting and cumulative sums that are NaN come to. The last token stays in the draw; top-p drops all but the largest number first.</summary>
    private static int WithoutDistribution<TShape>(SampleArguments a, SamplingRow how, long begin, ArrayView<uint> keys, ArrayView<int> ids)
        where TShape : unmanaged, IGroupShape
    {
        uint lastKey = ScoreKey.Lowest;
        int lastId = -1;
        for (int id = Group.IdxX; id < a.Vocabulary; id += default(TShape).Threads)
        {
            uint key = ScoreKey.Of(a.Scores[begin + id], ScoreKey.Lowest);
            if (key >= lastKey)
            {
                lastKey = key;
                lastId = id;
            }
        }

        lastId = GroupReduction.Best<TShape>(keys, ids, lastKey, lastId, lowestId: 0);
        return how.DropUnits != 0 && ScoreKey.IsFinite(keys[default(TShape).Threads + Group.IdxX]) ? lastId : a.Vocabulary - 1;
    }

    /// <summary>A token drawn from the warped distribution; the result is thread 0's.</summary>
    private static int Draw<TShape>(SampleArguments a, SamplingRow how, long begin, int length, uint bestKey, ArrayView<ulong> sums)
        where TShape : unmanaged, IGroupShape
    {
        uint least = ScoreKey.Lowest;
        if (how.TopK > 0 && how.TopK < a.Vocabulary)
            least = LargestBound<TShape>(a, begin, (ulong)(uint)(a.Vocabulary - how.TopK), counting: 1, sums);
        float shift = ScoreKey.Score(bestKey);
        ulong total = 0;
        for (int id = Group.IdxX; id < a.Vocabulary; id += default(TShape).Threads)
        {
            float score = a.Scores[begin + id];
            ulong weight = ScoreKey.Of(score, ScoreKey.Lowest) >= least ? FixedPoint.Exp(shift, score, a.Bits) : 0;
            a.Weights[begin + id] = weight;
            total += weight;
        }

        total = GroupReduction.Add<TShape>(sums, total);
        if (how.DropUnits != 0)
            total = KeepTopP<TShape>(a, how, begin, bestKey, total, sums);
        return Find<TShape>(a, begin, FixedPoint.MultiplyHigh(Uniform(how, length) << 11, total), sums);
    }

    /// <summary>
    /// In ascending order, of equals the lowest id first, tokens go while the weight of all up to and with them is at most the limit; the last one stays. Returns what is left of the total.
    /// </summary>
    private static ulong KeepTopP<TShape>(SampleArguments a, SamplingRow how, long begin, uint bestKey, ulong total, ArrayView<ulong> sums)
        where TShape : unmanaged, IGroupShape
    {
        ulong limit = how.DropUnits >= TokenSampler.DropUnit ? total : FixedPoint.MultiplyHigh((ulong)how.DropUnits << 40, total);
        uint cut = LargestBound<TShape>(a, begin, limit, counting: 0, sums);
        bool allGo = cut > bestKey;
        cut = allGo ? bestKey : cut;
        ulong below = 0;
        ulong equals = 0;
        ulong weightOfCut = 0;
        for (int id = Group.IdxX; id < a.Vocabulary; id += default(TShape).Threads)
        {
            uint key = ScoreKey.Of(a.Scores[begin + id], ScoreKey.Lowest);
            if (key < cut)
                below += a.Weights[begin + id];
            if (key == cut)
            {
                equals++;
                weightOfCut = a.Weights[begin + id];
            }
        }

        below = GroupReduction.Add<TShape>(sums, below);
        weightOfCut = GroupReduction.LargestOf<TShape>(sums, weightOfCut);
        equals = GroupReduction.Add<TShape>(sums, equals);
        ulong dropped = allGo ? equals - 1 : (limit - below) / weightOfCut;
        uint firstKept = 0;
        if (dropped > 0)
            firstKept = FirstKept<TShape>(a, begin, cut, dropped, sums);
        ulong left = 0;
        for (int id = Group.IdxX; id < a.Vocabulary; id += default(TShape).Threads)
        {
            uint key = ScoreKey.Of(a.Scores[begin + id], ScoreKey.Lowest);
            if (key > cut || (key == cut && (uint)id >= firstKept))
                left += a.Weights[begin + id];
            else
                a.Weights[begin + id] = 0;
        }

        return GroupReduction.Add<TShape>(sums, left);
    }

    /// <summary>The largest key whose lower keys are at most so many (counting), or weigh at most so much. Two bits at a time, from three sums.</summary>
    private static uint LargestBound<TShape>(SampleArguments a, long begin, ulong limit, int counting, ArrayView<ulong> sums)
        where TShape : unmanaged, IGroupShape
    {
        uint bound = 0;
        for (int shift = 30; shift >= 0; shift -= 2)
        {
            uint step = 1u << shift;
            ulong lower1 = 0;
            ulong lower2 = 0;
            ulong lower3 = 0;
            for (int id = Group.IdxX; id < a.Vocabulary; id += default(TShape).Threads)
            {
                uint key = ScoreKey.Of(a.Scores[begin + id], ScoreKey.Lowest);
                ulong value = counting != 0 ? 1 : a.Weights[begin + id];
                lower1 += key < bound + step ? value : 0;
                lower2 += key < bound + (2 * step) ? value : 0;
                lower3 += key < bound + (3 * step) ? value : 0;
            }

            sums[Group.IdxX] = lower1;
            sums[default(TShape).Threads + Group.IdxX] = lower2;
            sums[(2 * default(TShape).Threads) + Group.IdxX] = lower3;
            GroupReduction.AddThree<TShape>(sums);
            if (sums[2 * default(TShape).Threads] <= limit)
                bound += 3 * step;
            else if (sums[default(TShape).Threads] <= limit)
                bound += 2 * step;
            else if (sums[0] <= limit)
                bound += step;
            Group.Barrier();
        }

        return bound;
    }

    /// <summary>The id of the token after so many equals of a key.</summary>
    private static uint FirstKept<TShape>(SampleArguments a, long begin, uint cut, ulong dropped, ArrayView<ulong> sums)
        where TShape : unmanaged, IGroupShape
    {
        uint first = 0;
        for (int bit = 31; bit >= 0; bit--)
        {
            uint candidate = first | (1u << bit);
            // No id is that large: every equal would stand before it.
            if (candidate >= (uint)a.Vocabulary)
                continue;
            ulong before = 0;
            for (int id = Group.IdxX; id < (int)candidate; id += default(TShape).Threads)
            {
                if (ScoreKey.Of(a.Scores[begin + id], ScoreKey.Lowest) == cut)
                    before++;
            }

            if (GroupReduction.Add<TShape>(sums, before) <= dropped)
                first = candidate;
        }

        return first;
    }

    /// <summary>The first token at which the cumulative weight passes the target. Threads add neighbouring tokens, thread 0 walks over their sums.</summary>
    private static int Find<TShape>(SampleArguments a, long begin, ulong target, ArrayView<ulong> sums)
        where TShape : unmanaged, IGroupShape
    {
        int each = (a.Vocabulary + default(TShape).Threads - 1) / default(TShape).Threads;
        ulong own = 0;
        for (int id = Group.IdxX * each; id < (Group.IdxX + 1) * each && id < a.Vocabulary; id++)
            own += a.Weights[begin + id];
        sums[Group.IdxX] = own;
        Group.Barrier();
        int found = a.Vocabulary - 1;
        if (Group.IdxX == 0)
        {
            ulong cumulative = 0;
            int part = 0;
            while (part < default(TShape).Threads - 1 && cumulative + sums[part] <= target)
            {
                cumulative += sums[part];
                part++;
            }

            for (int id = part * each; id < a.Vocabulary; id++)
            {
                cumulative += a.Weights[begin + id];
                if (cumulative > target)
                {
                    found = id;
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>53 random bits of <see cref="Philox"/>: the generator keyed by the seed, counted by the length of the history.</summary>
    private static ulong Uniform(SamplingRow how, int length)
    {
        uint a = (uint)length;
        uint b = 0;
        uint c = 0;
        uint d = 0;
        uint keyA = how.SeedLow;
        uint keyB = how.SeedHigh;
        for (int round = 0; round < 10; round++)
        {
            ulong first = 0xD2511F53UL * a;
            ulong second = 0xCD9E8D57UL * c;
            a = (uint)(second >> 32) ^ b ^ keyA;
            b = (uint)second;
            c = (uint)(first >> 32) ^ d ^ keyB;
            d = (uint)first;
            keyA += 0x9E3779B9;
            keyB += 0xBB67AE85;
        }

        return ((ulong)a << 21) ^ (b >> 11);
    }

    /// <summary>log(sum / 2^bits), by way of two integers that fp32 holds; NaN for a sum of nothing.</summary>
    private static float LogOfSum(ulong sum, int bits)
    {
        if (sum == 0)
            return float.NaN;
        float high = (int)(sum >> 32);
        float low = (int)((sum >> 8) & 0xFFFFFF);
        float unit = Interop.IntAsFloat((uint)(127 + 32 - bits) << 23);
        return Arithmetic.Log((high * unit) + (low * (unit * 5.9604644775390625e-8f)));
    }
}
