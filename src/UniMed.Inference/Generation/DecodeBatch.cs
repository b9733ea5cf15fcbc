using UniMed.Inference.Language;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>The unfinished sequences of a group: what the next pass takes of them, and the choice of their next tokens. Allocates nothing per token.</summary>
internal sealed class DecodeBatch
{
    private readonly IDevice _device;
    private readonly SequenceState[] _active;
    private readonly int[] _tokens;
    private readonly SequenceInput[] _inputs;
    private readonly SamplingParameters[] _sampling;
    private readonly int[] _historyOffsets;
    private readonly SampledToken[] _chosen;
    private int[] _history = new int[256];

    /// <summary>Begins with all of them.</summary>
    public DecodeBatch(IDevice device, ReadOnlySpan<SequenceState> states)
    {
        _device = device;
        Count = states.Length;
        _active = states.ToArray();
        _tokens = new int[Count];
        _inputs = new SequenceInput[Count];
        _sampling = new SamplingParameters[Count];
        _historyOffsets = new int[Count + 1];
        _chosen = new SampledToken[Count];
    }

    /// <summary>Sequences that are not finished.</summary>
    public int Count { get; private set; }

    /// <summary>Each one's newest token.</summary>
    public ReadOnlySpan<SequenceInput> Inputs
    {
        get
        {
            for (int i = 0; i < Count; i++)
            {
                _tokens[i] = _active[i].History[^1];
                _inputs[i] = new SequenceInput(_active[i].Cache, _tokens.AsMemory(i, 1), null);
            }

            return _inputs.AsSpan(0, Count);
        }
    }

    /// <summary>Chooses a token for each sequence and lets go of those that are finished by it.</summary>
    /// <param name="logits">[Count, vocab_size].</param>
    public void Choose(Tensor logits)
    {
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<int> history = _active[i].History;
            _sampling[i] = _active[i].Sampling;
            _historyOffsets[i + 1] = _historyOffsets[i] + history.Length;
            if (_history.Length < _historyOffsets[i + 1])
                Array.Resize(ref _history, Math.Max(_historyOffsets[i + 1], 2 * _history.Length));
            history.CopyTo(_history.AsSpan(_historyOffsets[i]));
        }

        _device.Sample(logits, _sampling.AsSpan(0, Count), _history.AsSpan(0, _historyOffsets[Count]), _historyOffsets.AsSpan(0, Count + 1), _chosen.AsSpan(0, Count));
        int remaining = 0;
        for (int i = 0; i < Count; i++)
        {
            SequenceState state = _active[i];
            FiniteLogits.Require(_chosen[i].LogProbability);
            state.Append(_chosen[i]);
            if (state.Finished is null)
                _active[remaining++] = state;
        }

        Count = remaining;
    }
}
