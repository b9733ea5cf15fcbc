using System.Runtime.CompilerServices;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>Constraints made ready for one model's vocabulary, each once for as long as its owner keeps it.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class CompiledConstraints(LlamaTokenizer tokenizer, int vocabSize)
{
    private readonly Lazy<ConstraintVocabulary> _vocabulary = new(() => new ConstraintVocabulary(tokenizer, vocabSize));
    private readonly ConditionalWeakTable<AnswerConstraint, Lazy<TokenAutomaton>> _compiled = [];

    /// <summary>The constraint over the model's vocabulary; null for none.</summary>
    /// <exception cref="UniMedException">The vocabulary cannot spell any answer.</exception>
    public TokenAutomaton? For(AnswerConstraint? constraint) => constraint is null ? null : Entry(constraint).Value;

    /// <summary>Does the work of <see cref="For"/> now, on this thread. What it fails with is for the one who asks for the result.</summary>
    public void Prepare(AnswerConstraint? constraint)
    {
        try
        {
            _ = For(constraint);
        }
        catch (UniMedException)
        {
            // Kept with the entry and thrown again by For.
        }
    }

    private Lazy<TokenAutomaton> Entry(AnswerConstraint constraint) =>
        _compiled.GetValue(constraint, added => new Lazy<TokenAutomaton>(() => new TokenAutomaton(added.Automaton, _vocabulary.Value, added.ToString())));
}
