namespace UniMed.Inference.Generation.Constraints;

/// <summary>
/// A deterministic automaton over bytes that accepts exactly the strings of a <see cref="Grammar"/>. From every state an accepting one can be reached, so a string that has not left it
/// can always be completed. State 0 is its beginning.
/// </summary>
/// <remarks>Immutable; thread-safe. 512 bytes a state.</remarks>
internal sealed class ByteAutomaton
{
    /// <summary>The state where no string goes on.</summary>
    public const int Dead = ushort.MaxValue;

    private const int ByteValues = 256;

    private readonly ushort[] _next;
    private readonly bool[] _accepts;

    /// <summary>Takes tables over.</summary>
    /// <param name="next">[states, 256]; <see cref="Dead"/> where nothing follows.</param>
    /// <param name="accepts">[states].</param>
    public ByteAutomaton(ushort[] next, bool[] accepts)
    {
        _next = next;
        _accepts = accepts;
    }

    /// <summary>Number of states.</summary>
    public int States => _accepts.Length;

    /// <summary>The automaton of a grammar.</summary>
    /// <exception cref="UniMedException">It is too large, or no string satisfies the grammar.</exception>
    public static ByteAutomaton Of(Grammar grammar)
    {
        var nfa = new Nfa();
        int end = grammar.AddTo(nfa, 0);
        return new SubsetConstruction(nfa, end).Build();
    }

    /// <summary>The state after one more byte.</summary>
    public int Next(int state, byte value) => _next[(state * ByteValues) + value];

    /// <summary>The state after more bytes; <see cref="Dead"/> when they leave the language.</summary>
    public int Next(int state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            state = _next[(state * ByteValues) + value];
            if (state == Dead)
                return Dead;
        }

        return state;
    }

    /// <summary>True when a string may end here.</summary>
    public bool Accepts(int state) => _accepts[state];

    /// <summary>True when the string satisfies the grammar.</summary>
    public bool Accepts(ReadOnlySpan<byte> bytes)
    {
        int state = Next(0, bytes);
        return state != Dead && _accepts[state];
    }
}
