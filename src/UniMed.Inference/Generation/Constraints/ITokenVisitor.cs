namespace UniMed.Inference.Generation.Constraints;

/// <summary>Sees the tokens that a <see cref="VocabularyTrie"/> finds.</summary>
internal interface ITokenVisitor
{
    /// <summary>Some tokens of one spelling.</summary>
    /// <param name="tokens">Their ids.</param>
    /// <param name="state">The automaton's state behind them.</param>
    void Visit(ReadOnlySpan<int> tokens, int state);
}
