using System.Numerics;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>
/// A constraint over one vocabulary: which tokens may follow which. Its states are those of the automaton over bytes, and one more for an answer without a token. For each state it knows the
/// fewest tokens to an end, so an answer is never led where it cannot end in time; masks of allowed tokens are made when a state is first met, and kept.
/// </summary>
/// <remarks>Thread-safe. Once a state's mask is kept, finding its tokens allocates nothing.</remarks>
internal sealed class TokenAutomaton
{
    private const int WordBits = 64;

    private readonly ByteAutomaton _bytes;
    private readonly ConstraintVocabulary _vocabulary;
    private readonly string _name;
    private readonly int[] _distances;
    private readonly int[] _farthest;
    private readonly ulong[]?[] _masks;
    private readonly Queue<int> _kept = new();
    private readonly int _mostMasks;
    private readonly Lock _gate = new();

    /// <summary>Finds the distances: one walk through the vocabulary for each state.</summary>
    /// <param name="bytes">What answers may be.</param>
    /// <param name="vocabulary">What tokens spell.</param>
    /// <param name="name">The constraint in words, for errors.</param>
    /// <exception cref="UniMedException">The vocabulary cannot spell any allowed answer.</exception>
    public TokenAutomaton(ByteAutomaton bytes, ConstraintVocabulary vocabulary, string name)
    {
        _bytes = bytes;
        _vocabulary = vocabulary;
        _name = name;
        var targets = new int[bytes.States + 1][];
        var collector = new TargetCollector(bytes.States);
        for (int state = 0; state <= bytes.States; state++)
        {
            Walk(state, ref collector);
            targets[state] = collector.Take();
        }

        _distances = Distances.ToAccepting(targets, [.. Enumerable.Range(0, targets.Length).Select(Accepts)]);
        if (_distances[Start] == Distances.Unreachable)
            throw new UniMedException(UniMedFailure.InvalidInput, $"The model's vocabulary cannot spell any answer that the constraint ({name}) allows. Use characters that its tokenizer.model has.");
        _farthest = [.. targets.Select(some => some.Select(target => _distances[target]).Where(distance => distance != Distances.Unreachable).DefaultIfEmpty(0).Max())];
        _masks = new ulong[]?[targets.Length];
        _mostMasks = Math.Max(2, ConstraintLimits.MaskBytes / (Words * sizeof(ulong)));
    }

    /// <summary>The state of an answer without a token.</summary>
    public int Start => _bytes.States;

    /// <summary>Tokens of the shortest answer, its end token included.</summary>
    public int MinTokens => _distances[Start] + 1;

    /// <summary>Masks that are kept now.</summary>
    public int KeptMasks
    {
        get
        {
            lock (_gate)
                return _kept.Count;
        }
    }

    private int Words => (_vocabulary.Size + WordBits - 1) / WordBits;

    /// <summary>True when an answer may end here.</summary>
    public bool Accepts(int state) => _bytes.Accepts(state == Start ? 0 : state);

    /// <summary>The state after a token; <see cref="ByteAutomaton.Dead"/> after one that no answer has here.</summary>
    public int Next(int state, int token)
    {
        if (!_vocabulary.HasText(token))
            return ByteAutomaton.Dead;
        bool isFirst = state == Start;
        return _bytes.Next(isFirst ? 0 : state, _vocabulary.BytesOf(token, isFirst));
    }

    /// <summary>Checks that the shortest answer has room.</summary>
    /// <param name="newTokens">Tokens that may be generated.</param>
    /// <exception cref="UniMedException">It has not.</exception>
    public void RequireRoom(int newTokens)
    {
        if (newTokens < MinTokens)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"The shortest answer that the constraint ({_name}) allows takes {MinTokens} tokens; {newTokens} fit (MaxNewTokens, or what the prompt leaves of the model's positions). Raise MaxNewTokens or loosen the constraint.");
        }
    }

    /// <summary>Finds the tokens that may come next and leave the answer time to end.</summary>
    /// <param name="state">The answer's state.</param>
    /// <param name="tokensLeft">Tokens that may still be generated, the next one and the end token included; enough for the shortest way to an end.</param>
    /// <param name="ids">Receives the ids, ascending; as long as the vocabulary.</param>
    /// <returns>How many there are: at least one.</returns>
    public int Allowed(int state, int tokensLeft, Span<int> ids)
    {
        ulong[] mask = Volatile.Read(ref _masks[state]) ?? MakeMask(state);
        int left = tokensLeft - 2;
        bool isTight = _farthest[state] > left;
        int count = 0;
        for (int word = 0; word < mask.Length; word++)
        {
            for (ulong bits = mask[word]; bits != 0; bits &= bits - 1)
            {
                int id = (word * WordBits) + BitOperations.TrailingZeroCount(bits);
                if (!isTight || id == _vocabulary.EosTokenId || _distances[Next(state, id)] <= left)
                    ids[count++] = id;
            }
        }

        return count;
    }

    private ulong[] MakeMask(int state)
    {
        var mask = new ulong[Words];
        if (Accepts(state))
            Set(mask, _vocabulary.EosTokenId);
        var collector = new MaskCollector(mask, _distances);
        Walk(state, ref collector);
        lock (_gate)
        {
            if (_masks[state] is { } made)
                return made;
            // The oldest goes; who uses it still holds it.
            if (_kept.Count == _mostMasks)
                _masks[_kept.Dequeue()] = null;
            _kept.Enqueue(state);
            Volatile.Write(ref _masks[state], mask);
            return mask;
        }
    }

    private void Walk<TVisitor>(int state, ref TVisitor visitor)
        where TVisitor : ITokenVisitor
    {
        if (state == Start)
            _vocabulary.First.Walk(_bytes, 0, ref visitor);
        else
            _vocabulary.Following.Walk(_bytes, state, ref visitor);
    }

    private static void Set(ulong[] mask, int id) => mask[id / WordBits] |= 1UL << (id % WordBits);

    /// <summary>The distinct states that tokens lead to.</summary>
    private struct TargetCollector(int states) : ITokenVisitor
    {
        private readonly bool[] _seen = new bool[states];
        private readonly List<int> _targets = [];

        public readonly void Visit(ReadOnlySpan<int> tokens, int state)
        {
            if (_seen[state])
                return;
            _seen[state] = true;
            _targets.Add(state);
        }

        public readonly int[] Take()
        {
            int[] targets = [.. _targets];
            foreach (int target in targets)
                _seen[target] = false;
            _targets.Clear();
            return targets;
        }
    }

    /// <summary>A bit for each token from whose state an end can be reached.</summary>
    private readonly struct MaskCollector(ulong[] mask, int[] distances) : ITokenVisitor
    {
        public void Visit(ReadOnlySpan<int> tokens, int state)
        {
            if (distances[state] == Distances.Unreachable)
                return;
            foreach (int token in tokens)
                Set(mask, token);
        }
    }
}
