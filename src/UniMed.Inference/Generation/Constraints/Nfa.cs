namespace UniMed.Inference.Generation.Constraints;

/// <summary>A nondeterministic automaton over bytes while it is being built (Thompson's construction). State 0 is its beginning.</summary>
internal sealed class Nfa
{
    /// <summary>States of the largest one that is built: 16 MiB of them.</summary>
    public const int MaxStates = 500_000;

    private const int NoEdge = -1;

    private readonly List<int> _firstEdges = [NoEdge];
    private readonly List<NfaEdge> _edges = [];

    /// <summary>Number of states.</summary>
    public int States => _firstEdges.Count;

    /// <summary>A new state.</summary>
    /// <exception cref="UniMedException">There are too many.</exception>
    public int AddState()
    {
        if (_firstEdges.Count == MaxStates)
            throw ConstraintLimits.TooLarge();
        _firstEdges.Add(NoEdge);
        return _firstEdges.Count - 1;
    }

    /// <summary>An edge over some bytes to a new state.</summary>
    public int AddEdge(int from, byte least, byte most)
    {
        int to = AddState();
        Add(from, new NfaEdge(to, least, most, _firstEdges[from]));
        return to;
    }

    /// <summary>An edge that takes no byte.</summary>
    public void AddEmptyEdge(int from, int to) => Add(from, new NfaEdge(to, 1, 0, _firstEdges[from]));

    /// <summary>The first edge of a state; -1 without.</summary>
    public int FirstEdge(int state) => _firstEdges[state];

    /// <summary>An edge by its number.</summary>
    public NfaEdge Edge(int number) => _edges[number];

    private void Add(int from, NfaEdge edge)
    {
        _firstEdges[from] = _edges.Count;
        _edges.Add(edge);
    }
}
