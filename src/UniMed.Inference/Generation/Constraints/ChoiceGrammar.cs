namespace UniMed.Inference.Generation.Constraints;

/// <summary>Any one of them.</summary>
internal sealed class ChoiceGrammar(Grammar[] alternatives) : Grammar
{
    /// <inheritdoc/>
    public override int AddTo(Nfa nfa, int from)
    {
        int end = nfa.AddState();
        foreach (Grammar alternative in alternatives)
        {
            // A beginning of its own: a loop inside one alternative must not lead into another.
            int begin = nfa.AddState();
            nfa.AddEmptyEdge(from, begin);
            nfa.AddEmptyEdge(alternative.AddTo(nfa, begin), end);
        }

        return end;
    }
}
