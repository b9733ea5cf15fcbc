namespace UniMed.Inference.Generation.Constraints;

/// <summary>One byte between two, both included.</summary>
internal sealed class ByteRangeGrammar(byte least, byte most) : Grammar
{
    /// <inheritdoc/>
    public override int AddTo(Nfa nfa, int from) => nfa.AddEdge(from, least, most);
}
