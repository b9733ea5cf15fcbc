using UniMed.Native;

namespace UniMed.Tests.Generation;

/// <summary>The rules of beam search written down one after the other, with nothing optimized: every candidate is sorted in every step.</summary>
internal sealed class PlainBeamSearch(int beams, double lengthPenalty, int eos, int bos, int maxLength, double repetitionPenalty, int minLength)
{
    private readonly List<(double Score, int[] Ids)> _finished = [];
    private bool _isFinal;

    public List<int[]> Sequences { get; private set; } = [.. Enumerable.Repeat(new[] { bos }, beams)];

    public List<float> Scores { get; private set; } = [0, .. Enumerable.Repeat(-1e9f, beams - 1)];

    public bool Done => _isFinal || Sequences[0].Length == maxLength;

    public void Advance(float[][] logits)
    {
        List<(int Beam, int Token, float Score)> candidates = [];
        for (int beam = 0; beam < beams; beam++)
        {
            float[] scores = [.. logits[beam]];
            LogitsProcessors.LogSoftmax(scores);
            foreach (int id in Sequences[beam].Distinct())
                scores[id] = scores[id] < 0 ? scores[id] * (float)repetitionPenalty : scores[id] / (float)repetitionPenalty;
            if (Sequences[beam].Length < minLength)
                scores[eos] = float.NegativeInfinity;
            candidates.AddRange(scores.Select((score, token) => (beam, token, score + Scores[beam])));
        }

        List<(int Beam, int Token, float Score)> best = [.. candidates.OrderByDescending(c => c.Score).Take(2 * beams)];
        List<(int Beam, int Token, float Score)> open = [.. best.Where(c => c.Token != eos).Take(beams)];
        int lastNeeded = best.IndexOf(open[^1]);
        foreach ((int beam, int token, float score) in best.Take(Math.Min(beams, lastNeeded + 1)).Where(c => c.Token == eos))
            Keep(Sequences[beam], score);

        int nextLength = Sequences[0].Length + 1;
        _isFinal = _finished.Count == beams && _finished.Min(f => f.Score) >= best[0].Score / Math.Pow(nextLength, lengthPenalty);
        Sequences = [.. open.Select(c => Sequences[c.Beam].Append(c.Token).ToArray())];
        Scores = [.. open.Select(c => c.Score)];
    }

    public (int[] Ids, double Score) Finish()
    {
        if (!_isFinal)
        {
            for (int beam = 0; beam < beams; beam++)
                Keep(Sequences[beam], Scores[beam]);
        }

        (double score, int[] ids) = _finished.OrderBy(f => f.Score).Last();
        return (ids.Length < maxLength ? [.. ids, eos] : ids, score);
    }

    private void Keep(int[] ids, float sum)
    {
        double score = sum / Math.Pow(ids.Length, lengthPenalty);
        if (_finished.Count < beams)
        {
            _finished.Add((score, ids));
            return;
        }

        double worst = _finished.Min(f => f.Score);
        if (score > worst)
        {
            _finished.RemoveAt(_finished.FindIndex(f => f.Score == worst));
            _finished.Add((score, ids));
        }
    }
}
