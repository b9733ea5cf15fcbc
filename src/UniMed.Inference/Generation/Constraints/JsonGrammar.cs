using System.Globalization;
using System.Text;

namespace UniMed.Inference.Generation.Constraints;

/// <summary>Values as JSON writes them. The only white space is at most one space behind a comma or colon.</summary>
/// <remarks>Immutable; thread-safe. Source: RFC 8259; the bytes of characters: RFC 3629.</remarks>
internal static class JsonGrammar
{
    private const int MaxDigits = 15;

    private static readonly Grammar OptionalSpace = Grammar.Repeat(Grammar.Text(" "), 0, 1);

    private static readonly Grammar Digit = Bytes('0', '9');

    private static readonly Grammar Continuation = Grammar.Between(0x80, 0xBF);

    private static readonly Grammar HexDigit = Grammar.OneOf(Digit, Bytes('A', 'F'), Bytes('a', 'f'));

    /// <summary>Between the elements of an array or object.</summary>
    public static Grammar Comma { get; } = Grammar.Sequence(Grammar.Text(","), OptionalSpace);

    /// <summary>Between a name and its value.</summary>
    public static Grammar Colon { get; } = Grammar.Sequence(Grammar.Text(":"), OptionalSpace);

    /// <summary>A number a double holds: up to 15 digits before the point and up to 15 behind it, no exponent.</summary>
    public static Grammar Number { get; } = Grammar.Sequence(
        Grammar.Repeat(Grammar.Text("-"), 0, 1),
        Grammar.OneOf(Grammar.Text("0"), Grammar.Sequence(Bytes('1', '9'), Grammar.Repeat(Digit, 0, MaxDigits - 1))),
        Grammar.Repeat(Grammar.Sequence(Grammar.Text("."), Grammar.Repeat(Digit, 1, MaxDigits)), 0, 1));

    /// <summary>Characters of more than one byte. Common endings are written once: that keeps the states few.</summary>
    private static Grammar BeyondAscii { get; } = Grammar.Sequence(
        Grammar.OneOf(
            Grammar.Between(0xC2, 0xDF),
            Grammar.Sequence(Grammar.Between(0xE0, 0xE0), Grammar.Between(0xA0, 0xBF)),
            Grammar.Sequence(Grammar.OneOf(Grammar.Between(0xE1, 0xEC), Grammar.Between(0xEE, 0xEF)), Continuation),
            Grammar.Sequence(Grammar.Between(0xED, 0xED), Grammar.Between(0x80, 0x9F)),
            Grammar.Sequence(
                Grammar.OneOf(
                    Grammar.Sequence(Grammar.Between(0xF0, 0xF0), Grammar.Between(0x90, 0xBF)),
                    Grammar.Sequence(Grammar.Between(0xF1, 0xF3), Continuation),
                    Grammar.Sequence(Grammar.Between(0xF4, 0xF4), Grammar.Between(0x80, 0x8F))),
                Continuation)),
        Continuation);

    /// <summary>One character inside a string: itself, or escaped. Characters beyond U+FFFF are written as themselves only.</summary>
    private static Grammar Character { get; } = Grammar.OneOf(
        Grammar.Between(0x20, (byte)'"' - 1),
        Grammar.Between((byte)'"' + 1, (byte)'\\' - 1),
        Grammar.Between((byte)'\\' + 1, 0x7F),
        BeyondAscii,
        Grammar.Sequence(
            Grammar.Text("\\"),
            Grammar.OneOf(
                Grammar.OneOf([.. "\"\\/bfnrt".Select(letter => Grammar.Text(letter.ToString()))]),
                Grammar.Sequence(
                    Grammar.Text("u"),
                    Grammar.OneOf(
                        Grammar.Sequence(Grammar.OneOf(Digit, Bytes('A', 'C'), Bytes('E', 'F'), Bytes('a', 'c'), Bytes('e', 'f')), HexDigit),
                        Grammar.Sequence(Grammar.OneOf(Grammar.Text("D"), Grammar.Text("d")), Bytes('0', '7'))),
                    HexDigit,
                    HexDigit))));

    /// <summary>A string of so many characters.</summary>
    public static Grammar String(int least, int most) => Grammar.Sequence(Grammar.Text("\""), Grammar.Repeat(Character, least, most), Grammar.Text("\""));

    /// <summary>An array of so many elements.</summary>
    public static Grammar Array(Grammar element, int least, int most)
    {
        if (most == 0)
            return Grammar.Text("[]");
        int required = Math.Max(least, 1);
        Grammar filled = Grammar.Sequence(
            Grammar.Text("["), element, Grammar.Repeat(Grammar.Sequence(Comma, element), required - 1, most - 1), Grammar.Text("]"));
        return least == 0 ? Grammar.OneOf(Grammar.Text("[]"), filled) : filled;
    }

    /// <summary>An object with these members in this order.</summary>
    public static Grammar Object(IReadOnlyList<(string Name, Grammar Value)> members)
    {
        var parts = new List<Grammar> { Grammar.Text("{") };
        for (int i = 0; i < members.Count; i++)
        {
            if (i > 0)
                parts.Add(Comma);
            parts.AddRange([Grammar.Text(Quoted(members[i].Name)), Colon, members[i].Value]);
        }

        return Grammar.Sequence([.. parts, Grammar.Text("}")]);
    }

    /// <summary>A text as a JSON string, escaped only where it must be.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            int named = "\"\\\b\f\n\r\t".IndexOf(letter, StringComparison.Ordinal);
            if (named >= 0)
                quoted.Append('\\').Append("\"\\bfnrt"[named]);
            else if (letter < ' ')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
            else
                quoted.Append(letter);
        }

        return quoted.Append('"').ToString();
    }

    private static Grammar Bytes(char least, char most) => Grammar.Between((byte)least, (byte)most);
}
