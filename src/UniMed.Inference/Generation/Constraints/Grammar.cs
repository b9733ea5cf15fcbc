using System.Text;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>A regular set of byte strings, built from smaller ones. What an answer may be is written in it; <see cref="ByteAutomaton"/> decides it.</summary>
/// <remarks>Immutable; thread-safe.</remarks>
internal abstract class Grammar
{
    /// <summary>One text, in UTF-8.</summary>
    public static Grammar Text(string text) => new BytesGrammar(Encoding.UTF8.GetBytes(text));

    /// <summary>One byte between two, both included.</summary>
    public static Grammar Between(byte least, byte most) => new ByteRangeGrammar(least, most);

    /// <summary>One after the other.</summary>
    public static Grammar Sequence(params Grammar[] parts) => new SequenceGrammar(parts);

    /// <summary>Any one of them.</summary>
    public static Grammar OneOf(params Grammar[] alternatives) => new ChoiceGrammar(alternatives);

    /// <summary>As many in a row.</summary>
    /// <param name="part">What is repeated.</param>
    /// <param name="least">0 or more.</param>
    /// <param name="most">At least <paramref name="least"/>; null for any number.</param>
    public static Grammar Repeat(Grammar part, int least, int? most) => new RepetitionGrammar(part, least, most);

    /// <summary>Adds the set to an automaton.</summary>
    /// <param name="nfa">Where to.</param>
    /// <param name="from">The state in which a string begins; edges are added to it.</param>
    /// <returns>The state in which every string of the set ends.</returns>
    public abstract int AddTo(Nfa nfa, int from);
}
