namespace UniMed.Inference.Generation.Constraints;

/// <summary>One after the other.</summary>
internal sealed class SequenceGrammar(Grammar[] parts) : Grammar
{
    /// <inheritdoc/>
    public override int AddTo(Nfa nfa, int from)
    {
        foreach (Grammar part in parts)
            from = part.AddTo(nfa, from);
        return from;
    }
}
