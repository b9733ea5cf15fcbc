using System.Text.RegularExpressions;

namespace UniMed.Docs.Tests;

/// <summary>A C# program made of one or more blocks of a document and what they leave out.</summary>
/// <param name="Document">The file.</param>
/// <param name="Line">Where its first block begins.</param>
/// <param name="Code">The whole program.</param>
/// <param name="Runs">Whether the test runs it, too.</param>
internal sealed partial record Snippet(string Document, int Line, string Code, bool Runs)
{
    private const string Place = "// snippet";

    private static string Contexts => Path.Combine(Golden.Root, "tests", "UniMed.Docs.Tests", "Contexts");

    /// <summary>Names of the files of Contexts.</summary>
    public static IEnumerable<string> ContextNames => Directory.EnumerateFiles(Contexts, "*.cs").Select(path => Path.GetFileNameWithoutExtension(path));

    /// <summary>All programs of a document.</summary>
    public static IEnumerable<Snippet> Of(Document document)
    {
        var groups = new List<List<Fence>>();
        foreach (Fence fence in document.Fences.Where(fence => fence.Language is "csharp" or "cs" or "c#"))
        {
            if (fence.Directive.Contains("continues"))
                groups[^1].Add(fence);
            else
                groups.Add([fence]);
        }

        return groups.Select(group => Compose(document, group));
    }

    private static Snippet Compose(Document document, List<Fence> fences)
    {
        string? context = fences[0].Directive.FirstOrDefault(word => word is not ("continues" or "compiled"));
        (string before, string after) = context is null ? ("", "") : ReadContext(context);
        var usings = new List<string>();
        string body = Hoist(before, usings);
        foreach (Fence fence in fences)
            body += $"\n#line {fence.Line} \"{document.Name}\"\n{Hoist(fence.Code, usings)}\n#line default\n";
        string code = string.Join('\n', usings.Distinct()) + "\n" + body + after;
        return new Snippet(document.Name, fences[0].Line, code, !fences.Any(fence => fence.Directive.Contains("compiled")));
    }

    private static (string Before, string After) ReadContext(string name)
    {
        string path = Path.Combine(Contexts, name + ".cs");
        string[] parts = File.ReadAllText(path).Split(Place + "\n");
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new InvalidDataException($"{path} holds the line '{Place}' {parts.Length - 1} times instead of once.");
    }

    /// <summary>Takes the using directives out, which only the beginning of a file may have, and leaves their lines empty.</summary>
    private static string Hoist(string code, List<string> usings) => UsingDirective().Replace(code, match =>
    {
        usings.Add(match.Value);
        return "";
    });

    [GeneratedRegex(@"^using (static )?[A-Za-z_][\w.]*;[ \t]*$", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();
}
