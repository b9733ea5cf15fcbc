namespace UniMed.Inference.Generation.Constraints;

/// <summary>
/// The byte strings of a vocabulary as a tree: an automaton goes through all of them at once, a common beginning only once, and leaves a branch where it dies. Nodes lie in preorder, so a
/// walk is one loop and leaving a branch one jump.
/// </summary>
/// <remarks>Immutable; thread-safe. About 11 bytes a node; 32,000 tokens are some 100,000 nodes.</remarks>
internal sealed class VocabularyTrie
{
    private readonly byte[] _labels;
    private readonly int[] _depths;
    private readonly int[] _ends;
    private readonly int[] _firstTokens;
    private readonly int[] _tokens;
    private readonly int _deepest;

    /// <summary>Builds the tree.</summary>
    /// <param name="spellings">Byte string and id of each token; a byte string may be empty, and several tokens may share one.</param>
    public VocabularyTrie(IEnumerable<(ReadOnlyMemory<byte> Bytes, int Id)> spellings)
    {
        (ReadOnlyMemory<byte> Bytes, int Id)[] sorted = [.. spellings];
        Array.Sort(sorted, static (left, right) =>
        {
            int order = left.Bytes.Span.SequenceCompareTo(right.Bytes.Span);
            return order != 0 ? order : left.Id.CompareTo(right.Id);
        });
        var labels = new List<byte> { 0 };
        var depths = new List<int> { 0 };
        var firstTokens = new List<int> { 0 };
        ReadOnlySpan<byte> last = [];
        for (int i = 0; i < sorted.Length; i++)
        {
            ReadOnlySpan<byte> bytes = sorted[i].Bytes.Span;
            for (int depth = last.CommonPrefixLength(bytes); depth < bytes.Length; depth++)
            {
                labels.Add(bytes[depth]);
                depths.Add(depth + 1);
                firstTokens.Add(i);
            }

            last = bytes;
        }

        firstTokens.Add(sorted.Length);
        _labels = [.. labels];
        _depths = [.. depths];
        _firstTokens = [.. firstTokens];
        _tokens = [.. sorted.Select(spelling => spelling.Id)];
        _deepest = depths.Max();
        _ends = Ends(_depths);
    }

    /// <summary>Visits every token after which the automaton lives, with the state it is in then.</summary>
    public void Walk<TVisitor>(ByteAutomaton automaton, int state, ref TVisitor visitor)
        where TVisitor : ITokenVisitor
    {
        var states = new int[_deepest + 1];
        states[0] = state;
        Visit(0, state, ref visitor);
        for (int node = 1; node < _labels.Length;)
        {
            int next = automaton.Next(states[_depths[node] - 1], _labels[node]);
            if (next == ByteAutomaton.Dead)
            {
                node = _ends[node];
                continue;
            }

            states[_depths[node]] = next;
            Visit(node, next, ref visitor);
            node++;
        }
    }

    private void Visit<TVisitor>(int node, int state, ref TVisitor visitor)
        where TVisitor : ITokenVisitor
    {
        if (_firstTokens[node] < _firstTokens[node + 1])
            visitor.Visit(_tokens.AsSpan(_firstTokens[node].._firstTokens[node + 1]), state);
    }

    /// <summary>For each node the first one behind its branch.</summary>
    private static int[] Ends(int[] depths)
    {
        var ends = new int[depths.Length];
        var open = new Stack<int>();
        for (int node = 0; node < depths.Length; node++)
        {
            while (open.Count > 0 && depths[open.Peek()] >= depths[node])
                ends[open.Pop()] = node;
            open.Push(node);
        }

        while (open.TryPop(out int node))
            ends[node] = depths.Length;
        return ends;
    }
}
