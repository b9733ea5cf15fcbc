using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>
/// Beam search of one request as in Hugging Face transformers 4.30.2 (beam_search, BeamSearchScorer; early_stopping = false, one sequence
/// returned), without a model in it: logits go in, the beams to continue and their tokens come out. Lengths count one beginning-of-sequence
/// token and the new tokens, not the prompt. Not thread-safe.
/// </summary>
internal sealed class BeamSearch
{
    // Only the first beam counts in the first step, where all are the same.
    private const float NeverChosen = -1e9f;

    private readonly int _numBeams;
    private readonly int _eosTokenId;
    private readonly int _maxLength;
    private readonly float _repetitionPenalty;
    private readonly int _minLength;
    private readonly BeamHypotheses _hypotheses;
    private readonly BeamCandidate[] _candidates;
    private readonly int[] _parentBeams;
    private readonly int[] _tokens;

    private BeamSequence[] _beams;
    private float[] _beamScores;
    private float[] _logProbabilities = [];
    private float[] _scores = [];
    private bool _hypothesesAreFinal;

    /// <summary>Starts a search; every beam is the beginning-of-sequence token alone.</summary>
    /// <param name="numBeams">Number of beams, at least 1.</param>
    /// <param name="lengthPenalty">Scores are divided by the length to this power.</param>
    /// <param name="eosTokenId">End-of-sequence token.</param>
    /// <param name="bosTokenId">Beginning-of-sequence token.</param>
    /// <param name="maxLength">Longest sequence, the beginning-of-sequence token included: 1 + the most new tokens.</param>
    /// <param name="repetitionPenalty">See <see cref="GenerationOptions.RepetitionPenalty"/>.</param>
    /// <param name="minLength">See <see cref="GenerationOptions.MinLength"/>.</param>
    public BeamSearch(
        int numBeams, double lengthPenalty, int eosTokenId, int bosTokenId, int maxLength, float repetitionPenalty = 1, int minLength = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numBeams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        _numBeams = numBeams;
        _eosTokenId = eosTokenId;
        _maxLength = maxLength;
        _repetitionPenalty = repetitionPenalty;
        _minLength = minLength;
        _hypotheses = new BeamHypotheses(numBeams, lengthPenalty);
        _candidates = new BeamCandidate[2 * numBeams];
        _parentBeams = new int[numBeams];
        _tokens = new int[numBeams];
        _beams = [.. Enumerable.Repeat(new BeamSequence(bosTokenId), numBeams)];
        _beamScores = [.. Enumerable.Range(0, numBeams).Select(beam => beam == 0 ? 0 : NeverChosen)];
    }

    /// <summary>For each beam of the next step, the beam of the last step it continues. Overwritten by the next step.</summary>
    public IReadOnlyList<int> ParentBeams => _parentBeams;

    /// <summary>For each beam of the next step, its newest token. Overwritten by the next step.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>True when there is nothing left to compute: call <see cref="Finish"/>.</summary>
    public bool Done => _hypothesesAreFinal || Length >= _maxLength;

    private int Length => _beams[0].Ids.Length;

    /// <summary>Takes one step.</summary>
    /// <param name="logits">The language model's logits of every beam's last position, [beams, vocabulary], as they are. In the first step
    /// all beams have the same.</param>
    /// <exception cref="UniMedException">The logits are not finite numbers.</exception>
    public void Advance(ReadOnlySpan<float> logits)
    {
        if (Done)
            throw new InvalidOperationException("The beam search is done.");
        if (logits.Length % _numBeams != 0 || logits.Length < 2 * _numBeams)
            throw new ArgumentException($"{logits.Length} logits do not divide over {_numBeams} beams of at least 2 tokens.", nameof(logits));

        int vocabulary = logits.Length / _numBeams;
        Score(logits, vocabulary);
        TakeBestCandidates(vocabulary);

        BeamSequence[] beams = new BeamSequence[_numBeams];
        float[] beamScores = new float[_numBeams];
        for (int rank = 0, next = 0; next < _numBeams; rank++)
        {
            BeamCandidate candidate = _candidates[rank];
            float logProbability = _logProbabilities[(candidate.Beam * vocabulary) + candidate.Token];
            if (candidate.Token == _eosTokenId)
            {
                if (rank < _numBeams)
                    _hypotheses.Add(_beams[candidate.Beam], candidate.Score, logProbability);
                continue;
            }

            _parentBeams[next] = candidate.Beam;
            _tokens[next] = candidate.Token;
            beams[next] = _beams[candidate.Beam].With(candidate.Token, logProbability);
            beamScores[next++] = candidate.Score;
        }

        _hypothesesAreFinal = _hypotheses.IsDone(_candidates[0].Score, Length + 1);
        _beams = beams;
        _beamScores = beamScores;
    }

    /// <summary>Ends the search, the open beams counting as finished unless the hypotheses were final without them. Call it once.</summary>
    /// <returns>The best sequence, with an end-of-sequence token if there is room for it.</returns>
    public BeamHypothesis Finish()
    {
        if (!_hypothesesAreFinal)
        {
            for (int beam = 0; beam < _numBeams; beam++)
                _hypotheses.Add(_beams[beam], _beamScores[beam], endLogProbability: null);
        }

        BeamHypothesis best = _hypotheses.Best;
        return best.Ids.Count < _maxLength ? best with { Ids = [.. best.Ids, _eosTokenId] } : best;
    }

    private void Score(ReadOnlySpan<float> logits, int vocabulary)
    {
        if (_scores.Length != logits.Length)
        {
            _scores = new float[logits.Length];
            _logProbabilities = new float[logits.Length];
        }

        logits.CopyTo(_scores);
        for (int beam = 0; beam < _numBeams; beam++)
        {
            Span<float> scores = _scores.AsSpan(beam * vocabulary, vocabulary);
            LogitsProcessors.LogSoftmax(scores);
            FiniteLogits.Require(scores);
            scores.CopyTo(_logProbabilities.AsSpan(beam * vocabulary));

            // Unlike greedy search, beam search hands the processors log-probabilities, and does not normalize them again.
            LogitsProcessors.RepetitionPenalty(scores, _beams[beam].Ids, _repetitionPenalty);
            LogitsProcessors.MinLength(scores, Length, _minLength, _eosTokenId);
        }
    }

    // Twice as many as beams: each beam can lose at most one candidate to the end of the sequence.
    private void TakeBestCandidates(int vocabulary)
    {
        int count = 0;
        for (int beam = 0; beam < _numBeams; beam++)
        {
            ReadOnlySpan<float> scores = _scores.AsSpan(beam * vocabulary, vocabulary);
            for (int token = 0; token < vocabulary; token++)
            {
                float score = scores[token] + _beamScores[beam];
                if (count == _candidates.Length && !(score > _candidates[^1].Score))
                    continue;

                if (count < _candidates.Length)
                    count++;
                int place = count - 1;
                for (; place > 0 && score > _candidates[place - 1].Score; place--)
                    _candidates[place] = _candidates[place - 1];
                _candidates[place] = new BeamCandidate(beam, token, score);
            }
        }
    }
}
