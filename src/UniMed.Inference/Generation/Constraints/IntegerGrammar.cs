using System.Globalization;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>Whole numbers of a range as JSON writes them: no leading zeros, no plus sign, no negative zero.</summary>
internal static class IntegerGrammar
{
    private static readonly Grammar Digit = Grammar.Between((byte)'0', (byte)'9');

    /// <summary>The decimal digits of every integer from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public static Grammar Between(long least, long most)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(least, most);
        var alternatives = new List<Grammar>();
        if (least < 0)
            alternatives.Add(Grammar.Sequence(Grammar.Text("-"), Magnitude(most < 0 ? -(Int128)most : 1, -(Int128)least)));
        if (most >= 0)
            alternatives.Add(Magnitude(Math.Max(0, least), most));
        return Grammar.OneOf([.. alternatives]);
    }

    private static Grammar Magnitude(Int128 least, Int128 most)
    {
        string first = least.ToString(CultureInfo.InvariantCulture);
        string last = most.ToString(CultureInfo.InvariantCulture);
        var lengths = new List<Grammar>();
        for (int length = first.Length; length <= last.Length; length++)
        {
            string from = length == first.Length ? first : "1" + new string('0', length - 1);
            string to = length == last.Length ? last : new string('9', length);
            lengths.Add(OfLength(from, to));
        }

        return Grammar.OneOf([.. lengths]);
    }

    /// <summary>Digit strings of one length, from one to another in their order.</summary>
    private static Grammar OfLength(ReadOnlySpan<char> from, ReadOnlySpan<char> to)
    {
        // Also what keeps the recursion from splitting twice.
        if (!from.ContainsAnyExcept('0') && !to.ContainsAnyExcept('9'))
            return Grammar.Repeat(Digit, from.Length, from.Length);
        int rest = from.Length - 1;
        if (from[0] == to[0])
            return Grammar.Sequence(Digits(from[0], from[0]), OfLength(from[1..], to[1..]));
        var alternatives = new List<Grammar>
        {
            Grammar.Sequence(Digits(from[0], from[0]), OfLength(from[1..], new string('9', rest))),
            Grammar.Sequence(Digits(to[0], to[0]), OfLength(new string('0', rest), to[1..])),
        };
        if (to[0] - from[0] > 1)
            alternatives.Add(Grammar.Sequence(Digits((char)(from[0] + 1), (char)(to[0] - 1)), Grammar.Repeat(Digit, rest, rest)));
        return Grammar.OneOf([.. alternatives]);
    }

    private static Grammar Digits(char least, char most) => Grammar.Between((byte)least, (byte)most);
}
