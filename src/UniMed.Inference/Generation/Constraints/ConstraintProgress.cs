namespace UniMed.Inference.Generation.Constraints;

/// <summary>How far one answer has come in its constraint.</summary>
/// <remarks>Belongs to one sequence. Allocates nothing per token.</remarks>
internal sealed class ConstraintProgress
{
    private readonly TokenAutomaton _automaton;
    private int _state;
    private int _tokensLeft;

    /// <summary>Begins an answer.</summary>
    /// <param name="automaton">The constraint.</param>
    /// <param name="newTokens">Tokens that may be generated.</param>
    /// <exception cref="UniMedException">The shortest answer does not fit.</exception>
    public ConstraintProgress(TokenAutomaton automaton, int newTokens)
    {
        automaton.RequireRoom(newTokens);
        _automaton = automaton;
        _state = automaton.Start;
        _tokensLeft = newTokens;
    }

    /// <summary>Tokens that may come next, ascending; returns how many.</summary>
    public int Allowed(Span<int> ids) => _automaton.Allowed(_state, _tokensLeft, ids);

    /// <summary>Takes a token that is not the end token.</summary>
    public void Append(int token)
    {
        _state = _automaton.Next(_state, token);
        _tokensLeft--;
    }
}
