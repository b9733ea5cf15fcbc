namespace UniMed.Inference.Tokenization;

/// <summary>White space as Python's str.strip, lstrip and rstrip see it, which the reference uses on prompts and answers.</summary>
internal static class PythonWhiteSpace
{
    /// <summary>True for the characters that str.isspace calls white space: .NET's, and the four information separators.</summary>
    public static bool Is(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>str.strip.</summary>
    public static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text) => StripEnd(StripStart(text));

    /// <summary>str.lstrip.</summary>
    public static ReadOnlySpan<char> StripStart(ReadOnlySpan<char> text)
    {
        int start = 0;
        while (start < text.Length && Is(text[start]))
            start++;
        return text[start..];
    }

    /// <summary>str.rstrip.</summary>
    public static ReadOnlySpan<char> StripEnd(ReadOnlySpan<char> text)
    {
        int end = text.Length;
        while (end > 0 && Is(text[end - 1]))
            end--;
        return text[..end];
    }
}
