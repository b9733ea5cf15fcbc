namespace UniMed.Inference.Generation.Constraints;

/// <summary>The same again and again.</summary>
internal sealed class RepetitionGrammar(Grammar part, int least, int? most) : Grammar
{
    /// <inheritdoc/>
    public override int AddTo(Nfa nfa, int from)
    {
        for (int i = 0; i < least; i++)
            from = part.AddTo(nfa, from);
        if (most is null)
        {
            int loop = nfa.AddState();
            nfa.AddEmptyEdge(from, loop);
            nfa.AddEmptyEdge(part.AddTo(nfa, loop), loop);
            return loop;
        }

        int end = nfa.AddState();
        nfa.AddEmptyEdge(from, end);
        for (int i = least; i < most; i++)
        {
            from = part.AddTo(nfa, from);
            nfa.AddEmptyEdge(from, end);
        }

        return end;
    }
}
