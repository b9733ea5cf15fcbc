namespace UniMed.Docs.Tests;

/// <summary>A code block.</summary>
/// <param name="Language">What stands behind its opening back quotes.</param>
/// <param name="Code">Its lines.</param>
/// <param name="Line">The first one's number in the file, from 1.</param>
/// <param name="Above">The HTML comment right above it, which readers do not see, or nothing.</param>
internal sealed record Fence(string Language, string Code, int Line, string Above)
{
    private const string Opening = "<!-- snippet:";

    /// <summary>
    /// How a C# block is meant, as words: the name of a file of Contexts that it stands in, "continues" where it goes on from the block before, "compiled" where it
    /// is not run. A block without any is a program that runs.
    /// </summary>
    public IReadOnlyList<string> Directive => Above.Trim().StartsWith(Opening, StringComparison.Ordinal)
        ? Above.Trim()[Opening.Length..].Replace("-->", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>Lines of a shell, those that end in a backslash joined with the next, comments and blank lines left out.</summary>
    public IEnumerable<string> Commands => Code.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');
}
