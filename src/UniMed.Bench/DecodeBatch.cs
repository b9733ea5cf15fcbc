using UniMed.Inference.Generation;
using UniMed.Inference.Language;
using UniMed.Native;

namespace UniMed.Bench;

/// <summary>The unfinished sequences of a group: what the next pass takes of them, and the choice of their next tokens. Allocates nothing per token.</summary>
internal sealed class DecodeBatch
{
    private readonly TokenChoice _choice;
    private readonly SequenceState[] _active;
    private readonly int[] _tokens;
    private readonly SequenceInput[] _inputs;

    /// <summary>Begins with all of them.</summary>
    public DecodeBatch(Device device, ReadOnlySpan<SequenceState> states)
    {
        Count = states.Length;
        _active = states.ToArray();
        _tokens = new int[Count];
        _inputs = new SequenceInput[Count];
        _choice = new TokenChoice(device, Count);
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
        ReadOnlySpan<SampledToken> chosen = _choice.Choose(logits, _active.AsSpan(0, Count));
        int remaining = 0;
        for (int i = 0; i < Count; i++)
        {
            SequenceState state = _active[i];
            FiniteLogits.Require(chosen[i].LogProbability);
            state.Append(chosen[i]);
            if (state.Finished is null)
                _active[remaining++] = state;
        }

        Count = remaining;
    }
}
