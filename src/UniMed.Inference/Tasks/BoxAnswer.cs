using System.Globalization;
using System.Text;

namespace UniMed.Inference;

/// <summary>Reads the box out of an answer by the rule of the evaluation code. Thread-safe.</summary>
public static class BoxAnswer
{
    private const int Sides = 4;
    private const int MaxDigits = 3;

    /// <summary>
    /// Reads <c>{&lt;d&gt;&lt;d&gt;&lt;d&gt;&lt;d&gt;}</c>, one to three digits each, at the very start of the text, after every
    /// <c>&lt;unk&gt;</c> and then every space is taken out of it. What follows the closing brace does not matter.
    /// </summary>
    /// <param name="rawText">The model's answer.</param>
    /// <param name="box">The box; numbers above 100 are kept as they are.</param>
    /// <returns>False if the answer holds no box; the evaluation scores it 0.</returns>
    public static bool TryParse(string rawText, out PercentBox box)
    {
        ArgumentNullException.ThrowIfNull(rawText);
        box = default;
        ReadOnlySpan<char> text = rawText.Replace("<unk>", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (!Take(ref text, '{'))
            return false;

        Span<int> sides = stackalloc int[Sides];
        for (int i = 0; i < Sides; i++)
        {
            if (!Take(ref text, '<') || !TakeNumber(ref text, out sides[i]) || !Take(ref text, '>'))
                return false;
        }

        if (!Take(ref text, '}'))
            return false;
        box = new PercentBox(sides[0], sides[1], sides[2], sides[3]);
        return true;
    }

    private static bool Take(ref ReadOnlySpan<char> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
            return false;
        text = text[1..];
        return true;
    }

    // The reference's \d and int() take the decimal digits of every script, not only 0-9.
    private static bool TakeNumber(ref ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        int digits = 0;
        while (digits < MaxDigits
            && Rune.DecodeFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done
            && Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)
        {
            number = (number * 10) + (int)Rune.GetNumericValue(rune);
            text = text[length..];
            digits++;
        }

        return digits > 0;
    }
}
