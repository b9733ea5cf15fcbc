using UniMed.Inference.Generation;
using UniMed.Inference.Language;

namespace UniMed.Inference.Scheduling;

/// <summary>
/// Scores of labels as whole answers to one request: each label is a fork of the prompt's cache, and its tokens are fed in whatever pass has room.
/// </summary>
/// <remarks>Made by the caller's thread, then the scheduler's alone until its request is answered.</remarks>
internal sealed class LabelScoring
{
    private readonly IReadOnlyList<string> _labels;
    private readonly float[][] _scores;
    private readonly int[] _fed;
    private readonly KvSequence?[] _forks;

    /// <summary>Nothing is scored yet.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="continuations">Their tokens, each with the end token.</param>
    public LabelScoring(IReadOnlyList<string> labels, int[][] continuations)
    {
        _labels = labels;
        Continuations = continuations;
        _scores = [.. continuations.Select(tokens => new float[tokens.Length])];
        _fed = new int[continuations.Length];
        _forks = new KvSequence?[continuations.Length];
    }

    /// <summary>Tokens of each label, the end token last.</summary>
    public int[][] Continuations { get; }

    /// <summary>Most tokens of a label.</summary>
    public int Longest => Continuations.Max(tokens => tokens.Length);

    /// <summary>True when the labels' first tokens are scored.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>True when all tokens are scored.</summary>
    public bool IsDone => HasBegun && Array.TrueForAll(_forks, fork => fork is null);

    /// <summary>Every label, most probable first.</summary>
    public IReadOnlyList<LabelScore> Scores => LabelScore.Rank(_labels, _scores);

    /// <summary>Labels as continuations of a prompt.</summary>
    public static int[][] Encode(LlamaTokenizer tokenizer, IReadOnlyList<string> labels) =>
        [.. labels.Select(label => (int[])[.. tokenizer.Encode(label, addBos: false), tokenizer.EosTokenId])];

    /// <summary>Checks that prompt and labels fit the model.</summary>
    /// <exception cref="UniMedException">They do not.</exception>
    public static void RequireRoom(int promptLength, int longest, int maxPositions)
    {
        (int room, _) = SequenceLimits.NewTokens(promptLength, longest, maxPositions);
        if (room < longest)
            throw new UniMedException(UniMedFailure.InvalidInput, $"A prompt of {promptLength} positions and a continuation of {longest} tokens do not fit the model's {maxPositions} positions. Shorten the instruction or its categories.");
    }

    /// <summary>Cache blocks the forks may take, and the prompt's last one when it is shared and copied.</summary>
    public int Blocks(KvBlockPool pool) => 1 + Continuations.Sum(tokens => pool.BlocksFor(tokens.Length - 1) + 1);

    /// <summary>Scores the first tokens and forks the prompt for the others.</summary>
    /// <param name="logProbabilities">[vocab_size], after the prompt.</param>
    /// <param name="prompt">The whole prompt in the cache.</param>
    public void Begin(ReadOnlySpan<float> logProbabilities, KvSequence prompt)
    {
        HasBegun = true;
        for (int label = 0; label < _scores.Length; label++)
        {
            _scores[label][0] = logProbabilities[Continuations[label][0]];
            if (Continuations[label].Length > 1)
                _forks[label] = prompt.Fork();
        }
    }

    /// <summary>The next tokens of a label to feed.</summary>
    /// <param name="label">The label's place.</param>
    /// <param name="most">Most tokens; at least 1.</param>
    /// <returns>Null when its tokens are all scored.</returns>
    public SequenceInput? Next(int label, int most)
    {
        if (_forks[label] is not { } fork)
            return null;
        // The last token is scored but never fed.
        int count = Math.Min(most, Continuations[label].Length - 1 - _fed[label]);
        return new SequenceInput(fork, Continuations[label].AsMemory(_fed[label], count), null);
    }

    /// <summary>Scores the token behind the next one that was fed.</summary>
    /// <param name="label">The label's place.</param>
    /// <param name="logProbabilities">[vocab_size], after that token.</param>
    public void Take(int label, ReadOnlySpan<float> logProbabilities)
    {
        int next = ++_fed[label];
        _scores[label][next] = logProbabilities[Continuations[label][next]];
        if (next < Continuations[label].Length - 1)
            return;
        _forks[label]!.Release();
        _forks[label] = null;
    }

    /// <summary>Gives the forks up.</summary>
    public void Release()
    {
        for (int label = 0; label < _forks.Length; label++)
        {
            _forks[label]?.Release();
            _forks[label] = null;
        }
    }
}
