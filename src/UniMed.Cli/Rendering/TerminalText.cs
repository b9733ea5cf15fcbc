using System.Text;

namespace UniMed.Cli.Rendering;

/// <summary>Text of models and files made safe to show: a control character could drive the terminal it is printed on.</summary>
internal static class TerminalText
{
    public static string Safe(string text)
    {
        if (!text.Any(IsUnsafe))
            return text;
        var safe = new StringBuilder(text.Length);
        foreach (char character in text)
            safe.Append(IsUnsafe(character) ? '\uFFFD' : character);
        return safe.ToString();
    }

    private static bool IsUnsafe(char character) => char.IsControl(character) && character is not ('\n' or '\t');
}
