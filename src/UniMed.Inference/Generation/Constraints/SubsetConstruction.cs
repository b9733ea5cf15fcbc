using System.Runtime.InteropServices;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>Makes an automaton deterministic: a state is the set of states the other one can be in. States from which no end can be reached are left out.</summary>
internal sealed class SubsetConstruction
{
    private readonly Nfa _nfa;
    private readonly int _end;
    private readonly Dictionary<StateSet, int> _numbers = [];
    private readonly List<StateSet> _sets = [];
    private readonly List<ushort[]> _rows = [];
    private readonly int[] _marks;
    private readonly Stack<int> _open = new();
    private readonly List<NfaEdge> _edges = [];
    private readonly List<int> _members = [];
    private int _mark;

    public SubsetConstruction(Nfa nfa, int end)
    {
        _nfa = nfa;
        _end = end;
        _marks = new int[nfa.States];
    }

    /// <summary>The deterministic automaton.</summary>
    /// <exception cref="UniMedException">It is too large, or accepts nothing.</exception>
    public ByteAutomaton Build()
    {
        _members.Add(0);
        NumberOf(Close());
        for (int state = 0; state < _sets.Count; state++)
            _rows.Add(RowOf(_sets[state]));
        byte[] symbolOf = [.. Enumerable.Range(0, ByteAutomaton.ByteValues).Select(value => (byte)value)];
        return ByteAutomaton.OfRows(symbolOf, _rows, [.. _sets.Select(Accepts)]);
    }

    private ushort[] RowOf(StateSet set)
    {
        _edges.Clear();
        foreach (int member in set.Members)
        {
            for (int edge = _nfa.FirstEdge(member); edge >= 0; edge = _nfa.Edge(edge).Next)
            {
                if (!_nfa.Edge(edge).IsEmpty)
                    _edges.Add(_nfa.Edge(edge));
            }
        }

        var row = new ushort[ByteAutomaton.ByteValues];
        Array.Fill(row, (ushort)ByteAutomaton.Dead);
        // Between two borders every byte leads to the same set.
        Span<bool> borders = stackalloc bool[ByteAutomaton.ByteValues + 1];
        borders.Clear();
        foreach (NfaEdge edge in _edges)
        {
            borders[edge.Min] = true;
            borders[edge.Max + 1] = true;
        }

        for (int first = 0; first < ByteAutomaton.ByteValues;)
        {
            int end = first + 1;
            while (end < ByteAutomaton.ByteValues && !borders[end])
                end++;
            _members.Clear();
            foreach (NfaEdge edge in _edges)
            {
                if (edge.Min <= first && first <= edge.Max)
                    _members.Add(edge.To);
            }

            if (_members.Count > 0)
                Array.Fill(row, (ushort)NumberOf(Close()), first, end - first);
            first = end;
        }

        return row;
    }

    /// <summary>The members and all that empty edges lead to. States with empty edges only say nothing that their targets do not, and are left out: else equal sets would differ by the way they were come to.</summary>
    private StateSet Close()
    {
        _mark++;
        var closed = new List<int>();
        foreach (int member in _members)
            Visit(member);
        while (_open.TryPop(out int state))
        {
            bool counts = state == _end;
            for (int edge = _nfa.FirstEdge(state); edge >= 0; edge = _nfa.Edge(edge).Next)
            {
                counts |= !_nfa.Edge(edge).IsEmpty;
                if (_nfa.Edge(edge).IsEmpty)
                    Visit(_nfa.Edge(edge).To);
            }

            if (counts)
                closed.Add(state);
        }

        int[] members = [.. closed];
        Array.Sort(members);
        return new StateSet(members);

        void Visit(int state)
        {
            if (_marks[state] == _mark)
                return;
            _marks[state] = _mark;
            _open.Push(state);
        }
    }

    private int NumberOf(StateSet set)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, set, out bool known);
        if (known)
            return number;
        if (_sets.Count == ConstraintLimits.MaxStates)
            throw ConstraintLimits.TooLarge();
        number = _sets.Count;
        _sets.Add(set);
        return number;
    }

    private bool Accepts(StateSet set) => Array.BinarySearch(set.Members, _end) >= 0;
}
