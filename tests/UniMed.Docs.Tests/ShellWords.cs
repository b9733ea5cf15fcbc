using System.Text;

namespace UniMed.Docs.Tests;

/// <summary>Splits a command line into words as a shell does, as far as the documents need it.</summary>
internal static class ShellWords
{
    /// <summary>The words of the first command: quotes taken off, ended by a comment or by what joins commands.</summary>
    public static IReadOnlyList<string> Of(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool begun = false;
        char quote = '\0';
        foreach (char letter in line + " ")
        {
            if (quote != '\0' ? letter == quote : letter is '"' or '\'')
            {
                quote = quote == '\0' ? letter : '\0';
                begun = true;
            }
            else if (quote != '\0' || !char.IsWhiteSpace(letter))
            {
                word.Append(letter);
                begun = true;
            }
            else if (begun)
            {
                string whole = word.ToString();
                if (whole is "&&" or "|" or ";" or ">" || whole.StartsWith('#'))
                    return words;
                words.Add(whole);
                word.Clear();
                begun = false;
            }
        }

        return words;
    }
}
