namespace UniMed.Inference.Generation.Constraints;

/// <summary>One byte string.</summary>
internal sealed class BytesGrammar(byte[] bytes) : Grammar
{
    /// <inheritdoc/>
    public override int AddTo(Nfa nfa, int from)
    {
        foreach (byte value in bytes)
            from = nfa.AddEdge(from, value, value);
        return from;
    }
}
