using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>Chooses the next token of some sequences in one call of the device. Allocates nothing per token.</summary>
internal sealed class TokenChoice(IDevice device, int mostSequences)
{
    private readonly SamplingParameters[] _sampling = new SamplingParameters[mostSequences];
    private readonly int[] _historyOffsets = new int[mostSequences + 1];
    private readonly SampledToken[] _chosen = new SampledToken[mostSequences];
    private int[] _history = new int[256];

    /// <summary>One token for each sequence; the sequences do not have it yet.</summary>
    /// <param name="logits">[sequences, vocab_size].</param>
    /// <param name="states">The sequences.</param>
    /// <returns>Valid until the next choice.</returns>
    public ReadOnlySpan<SampledToken> Choose(Tensor logits, ReadOnlySpan<SequenceState> states)
    {
        for (int i = 0; i < states.Length; i++)
        {
            ReadOnlySpan<int> history = states[i].History;
            _sampling[i] = states[i].Sampling;
            _historyOffsets[i + 1] = _historyOffsets[i] + history.Length;
            if (_history.Length < _historyOffsets[i + 1])
                Array.Resize(ref _history, Math.Max(_historyOffsets[i + 1], 2 * _history.Length));
            history.CopyTo(_history.AsSpan(_historyOffsets[i]));
        }

        Span<SampledToken> chosen = _chosen.AsSpan(0, states.Length);
        device.Sample(logits, _sampling.AsSpan(0, states.Length), _history.AsSpan(0, _historyOffsets[states.Length]), _historyOffsets.AsSpan(0, states.Length + 1), chosen);
        return chosen;
    }
}
