using UniMed.Inference.Generation.Constraints;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Chooses the next token of some sequences in one call of the device. Allocates nothing per token.</summary>
/// <remarks>
/// Constrained sequences are chosen on the host, on every device alike: their logits come over, the allowed ones are gathered, and the same processors and warpers act on those. A row costs one
/// copy of vocab_size floats and work in the number of allowed tokens.
/// </remarks>
internal sealed class TokenChoice(Device device, int maxSequences)
{
    private readonly SamplingParameters[] _sampling = new SamplingParameters[maxSequences];
    private readonly int[] _historyOffsets = new int[maxSequences + 1];
    private readonly SampledToken[] _chosen = new SampledToken[maxSequences];
    private int[] _history = new int[256];
    private float[] _row = [];
    private float[] _scores = [];
    private int[] _allowed = [];

    /// <summary>One token for each sequence; the sequences do not have it yet.</summary>
    /// <param name="logits">[sequences, vocab_size].</param>
    /// <param name="states">The sequences.</param>
    /// <returns>Valid until the next choice.</returns>
    public ReadOnlySpan<SampledToken> Choose(Tensor logits, ReadOnlySpan<SequenceState> states)
    {
        Ask(logits, states);
        return Take(logits, states);
    }

    /// <summary>The device's part of a choice, which may be a part of its step.</summary>
    /// <param name="logits">[sequences, vocab_size].</param>
    /// <param name="states">The sequences.</param>
    public void Ask(Tensor logits, ReadOnlySpan<SequenceState> states)
    {
        for (int i = 0; i < states.Length; i++)
        {
            ReadOnlySpan<int> history = states[i].History;
            // A constrained row's greedy token stands for the row's normalization below.
            _sampling[i] = states[i].Constraint is null ? states[i].Sampling : states[i].Sampling with { DoSample = false, RepetitionPenalty = 1, MinLength = 0 };
            _historyOffsets[i + 1] = _historyOffsets[i] + history.Length;
            if (_history.Length < _historyOffsets[i + 1])
                Array.Resize(ref _history, Math.Max(_historyOffsets[i + 1], 2 * _history.Length));
            history.CopyTo(_history.AsSpan(_historyOffsets[i]));
        }

        device.Sample(
            logits, _sampling.AsSpan(0, states.Length), _history.AsSpan(0, _historyOffsets[states.Length]), _historyOffsets.AsSpan(0, states.Length + 1), _chosen.AsMemory(0, states.Length));
    }

    /// <summary>The tokens that were asked for, once the device has them; those of constrained sequences are chosen here.</summary>
    /// <param name="logits">As asked with.</param>
    /// <param name="states">As asked with.</param>
    /// <returns>Valid until the next choice.</returns>
    public ReadOnlySpan<SampledToken> Take(Tensor logits, ReadOnlySpan<SequenceState> states)
    {
        Span<SampledToken> chosen = _chosen.AsSpan(0, states.Length);
        for (int i = 0; i < states.Length; i++)
        {
            // A row that is no number is refused by whoever appends the token.
            if (states[i].Constraint is { } constraint && !float.IsNaN(chosen[i].LogProbability))
                chosen[i] = ChooseAllowed(logits.Slice(i, 1), states[i], constraint, chosen[i]);
        }

        return chosen;
    }

    /// <summary>A token of the allowed ones.</summary>
    /// <param name="logits">[1, vocab_size].</param>
    /// <param name="state">The sequence.</param>
    /// <param name="constraint">What it allows now.</param>
    /// <param name="best">The row's best token without the constraint: its logarithm is that of the sum all probabilities are divided by.</param>
    private SampledToken ChooseAllowed(Tensor logits, SequenceState state, ConstraintProgress constraint, SampledToken best)
    {
        if (_row.Length < logits.Columns)
        {
            _row = new float[logits.Columns];
            _scores = new float[logits.Columns];
            _allowed = new int[logits.Columns];
        }

        Span<float> row = _row.AsSpan(0, logits.Columns);
        device.Download(logits, row);
        float largest = row[best.Id];
        int count = constraint.Allowed(_allowed);
        ReadOnlySpan<int> allowed = _allowed.AsSpan(0, count);
        Span<float> scores = _scores.AsSpan(0, count);
        for (int i = 0; i < count; i++)
            scores[i] = row[allowed[i]];
        SamplingParameters how = state.Sampling;
        Penalize(scores, allowed, state.History, how.RepetitionPenalty);
        int choice = how.DoSample ? TokenSampler.Draw(scores, how, state.History.Length) : LogitsProcessors.ArgMax(scores);
        int id = allowed[choice];
        return new SampledToken(id, row[id] - largest + best.LogProbability);
    }

    /// <summary>The repetition penalty, where scores are those of some ids.</summary>
    private static void Penalize(Span<float> scores, ReadOnlySpan<int> ids, ReadOnlySpan<int> history, float penalty)
    {
        if (penalty == 1)
            return;
        for (int i = 0; i < history.Length; i++)
        {
            int at = ids.BinarySearch(history[i]);
            if (at < 0 || history[..i].Contains(history[i]))
                continue;
            scores[at] = scores[at] < 0 ? scores[at] * penalty : scores[at] / penalty;
        }
    }
}
