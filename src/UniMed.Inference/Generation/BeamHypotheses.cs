namespace UniMed.Inference.Generation;

/// <summary>The best finished sequences of one beam search, at most as many as there are beams (Hugging Face's BeamHypotheses with
/// early_stopping = false).</summary>
internal sealed class BeamHypotheses(int numBeams, double lengthPenalty)
{
    // What transformers starts from: above every score, so the first ones kept set it.
    private double _worstScore = 1e9;

    private readonly List<BeamHypothesis> _kept = new(numBeams + 1);

    /// <summary>The best of them; of equal ones the last that was added, as a stable sort and pop give.</summary>
    public BeamHypothesis Best => _kept.Aggregate((best, next) => next.Score >= best.Score ? next : best);

    /// <summary>Keeps the sequence unless all places are taken by ones at least as good.</summary>
    /// <param name="sequence">The sequence, without its end-of-sequence token.</param>
    /// <param name="sumLogProbabilities">Its score before the length normalization, the end-of-sequence token included.</param>
    /// <param name="endLogProbability">Log-probability of the end-of-sequence token, where that was chosen.</param>
    public void Add(BeamSequence sequence, float sumLogProbabilities, float? endLogProbability)
    {
        double score = Normalized(sumLogProbabilities, sequence.Ids.Length);
        if (_kept.Count >= numBeams && !(score > _worstScore))
            return;

        _kept.Add(sequence.Finish(score, endLogProbability));
        if (_kept.Count <= numBeams)
        {
            _worstScore = Math.Min(score, _worstScore);
            return;
        }

        int worst = 0;
        for (int i = 1; i < _kept.Count; i++)
        {
            if (_kept[i].Score < _kept[worst].Score)
                worst = i;
        }

        _kept.RemoveAt(worst);
        _worstScore = _kept.Min(h => h.Score);
    }

    /// <summary>True when no open sequence can become better than the worst one kept, by the estimate that its score stays as it is.</summary>
    /// <param name="bestSumLogProbabilities">Best score among the candidates for the next step.</param>
    /// <param name="length">Length of the sequences in the next step.</param>
    public bool IsDone(float bestSumLogProbabilities, int length) =>
        _kept.Count >= numBeams && _worstScore >= Normalized(bestSumLogProbabilities, length);

    private double Normalized(float sumLogProbabilities, int length) => sumLogProbabilities / Math.Pow(length, lengthPenalty);
}
