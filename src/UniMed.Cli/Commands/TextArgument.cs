namespace UniMed.Cli.Commands;

/// <summary>Texts that a question is made of.</summary>
internal static class TextArgument
{
    /// <summary>Refuses a text that asks nothing: the model would answer all the same.</summary>
    /// <param name="name">What the command line calls it.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="UsageException">It is empty or white space.</exception>
    public static string Require(string name, string text) => string.IsNullOrWhiteSpace(text)
        ? throw new UsageException($"{name} is {(text.Length == 0 ? "empty" : "white space only")}, which says nothing. Give a text.")
        : text;

    /// <summary>Refuses a text that is given twice.</summary>
    /// <exception cref="UsageException">Two are the same.</exception>
    public static void RequireDifferent(string name, IReadOnlyList<string> texts)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            if (!seen.Add(text))
                throw new UsageException($"{name} '{text}' is given twice. Give each once.");
        }
    }
}
