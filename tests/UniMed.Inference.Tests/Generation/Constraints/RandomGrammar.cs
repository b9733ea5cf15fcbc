using System.Text.RegularExpressions;
using UniMed.Inference.Generation.Constraints;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>A random regular set, once as a grammar and once as a regular expression.</summary>
internal sealed record RandomGrammar(Grammar Grammar, string Pattern)
{
    /// <summary>Characters of one to four UTF-8 bytes; the first bytes of some are equal.</summary>
    public static string[] Alphabet { get; } = ["a", "b", "é", "è", "日", "🙂"];

    public static RandomGrammar Of(Random random, int depth)
    {
        switch (depth == 0 ? 0 : random.Next(5))
        {
            case 0:
            case 1:
                string text = Text(random, random.Next(3));
                return new RandomGrammar(Grammar.Text(text), Regex.Escape(text));
            case 2:
                RandomGrammar[] parts = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Of(random, depth - 1))];
                return new RandomGrammar(Grammar.Sequence([.. parts.Select(part => part.Grammar)]), string.Concat(parts.Select(part => $"(?:{part.Pattern})")));
            case 3:
                RandomGrammar[] alternatives = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Of(random, depth - 1))];
                return new RandomGrammar(Grammar.OneOf([.. alternatives.Select(part => part.Grammar)]), string.Join('|', alternatives.Select(part => $"(?:{part.Pattern})")));
            default:
                RandomGrammar inner = Of(random, depth - 1);
                int least = random.Next(3);
                int? most = random.Next(3) == 0 ? null : least + random.Next(3);
                return new RandomGrammar(Grammar.Repeat(inner.Grammar, least, most), $"(?:{inner.Pattern}){{{least},{most}}}");
        }
    }

    public static string Text(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
}
