using Xunit;

namespace UniMed.Docs.Tests;

/// <summary>C# that stands in a document is C# that works.</summary>
public class CSharpTests
{
    public static TheoryData<string> Documents => [.. Document.Names.Where(name => Snippet.Of(Document.Read(name)).Any())];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_snippet_compiles_without_a_warning_and_runs(string document)
    {
        foreach (Snippet snippet in Snippet.Of(Document.Read(document)))
        {
            (IReadOnlyList<string> problems, byte[] assembly) = SnippetCompiler.Compile(snippet);
            Assert.True(problems.Count == 0, string.Join('\n', problems));
            if (snippet.Runs)
                Run(snippet, assembly);
        }
    }

    [Fact]
    public void Every_context_stands_around_a_snippet()
    {
        IEnumerable<string> used = Document.Names.SelectMany(name => Document.Read(name).Fences).SelectMany(fence => fence.Directive);
        Assert.Empty(Snippet.ContextNames.Except(used));
    }

    private static void Run(Snippet snippet, byte[] assembly)
    {
        TextWriter console = Console.Out;
        using var folder = new ReadersFolder();
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            SnippetCompiler.Run(assembly);
        }
        catch (Exception error)
        {
            Assert.Fail($"{snippet.Document}:{snippet.Line}: the snippet ends with {error.GetBaseException()}");
        }
        finally
        {
            Console.SetOut(console);
        }
    }
}
