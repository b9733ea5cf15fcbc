namespace UniMed.Inference.Generation;

/// <summary>An unfinished sequence of beam search. Immutable.</summary>
internal sealed class BeamSequence
{
    private readonly int[] _ids;
    private readonly float[] _logProbabilities;

    private BeamSequence(int[] ids, float[] logProbabilities)
    {
        _ids = ids;
        _logProbabilities = logProbabilities;
    }

    /// <summary>A sequence of nothing but its beginning.</summary>
    public BeamSequence(int bosTokenId)
        : this([bosTokenId], [])
    {
    }

    /// <summary>Token ids, the beginning-of-sequence token first.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>The sequence with one more token.</summary>
    public BeamSequence With(int id, float logProbability) => new([.. _ids, id], [.. _logProbabilities, logProbability]);

    /// <summary>The sequence as a result.</summary>
    /// <param name="score">Its length-normalized score.</param>
    /// <param name="endLogProbability">Log-probability of the end-of-sequence token, where that was chosen.</param>
    public BeamHypothesis Finish(double score, float? endLogProbability) =>
        new(_ids, endLogProbability is float end ? [.. _logProbabilities, end] : _logProbabilities, score);
}
