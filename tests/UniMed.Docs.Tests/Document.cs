using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace UniMed.Docs.Tests;

/// <summary>One Markdown file of the repository: what its readers copy, follow and look up.</summary>
internal sealed class Document
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UsePreciseSourceLocation().UseAutoIdentifiers(Markdig.Extensions.AutoIdentifiers.AutoIdentifierOptions.GitHub).Build();

    private readonly MarkdownDocument _markdown;

    private Document(string name)
    {
        Name = name;
        Text = File.ReadAllText(Path.Combine(Golden.Root, name)).ReplaceLineEndings("\n");
        _markdown = Markdown.Parse(Text, Pipeline);
    }

    /// <summary>All of them, by their paths in the repository.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. FindNames()];

    /// <summary>Path from the repository's root, with slashes.</summary>
    public string Name { get; }

    /// <summary>The whole file.</summary>
    public string Text { get; }

    /// <summary>The file's folder.</summary>
    public string Folder => Path.GetDirectoryName(Path.Combine(Golden.Root, Name))!;

    /// <summary>The code blocks, in order.</summary>
    public IEnumerable<Fence> Fences
    {
        get
        {
            foreach (CodeBlock block in _markdown.Descendants<CodeBlock>())
            {
                int place = block.Parent!.IndexOf(block);
                string above = place > 0 && block.Parent[place - 1] is HtmlBlock comment ? comment.Lines.ToString() : "";
                yield return new Fence((block as FencedCodeBlock)?.Info ?? "", block.Lines.ToString(), block.Line + (block is FencedCodeBlock ? 2 : 1), above);
            }
        }
    }

    /// <summary>Targets of links and pictures.</summary>
    public IEnumerable<string> Links => _markdown.Descendants<LinkInline>().Select(link => link.Url ?? "");

    /// <summary>Texts between back quotes.</summary>
    public IEnumerable<string> CodeSpans => _markdown.Descendants<CodeInline>().Select(code => code.Content);

    /// <summary>What the part of a link behind # may be.</summary>
    public IEnumerable<string> Anchors => _markdown.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id ?? "");

    /// <summary>Reads one.</summary>
    public static Document Read(string name) => new(name);

    private static IEnumerable<string> FindNames()
    {
        string[] folders = ["docs", "src", "samples", "bench", "native", "tests", "models", "weights-converter", ".github"];
        IEnumerable<string> below = folders.Select(folder => Path.Combine(Golden.Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories));
        return Directory.EnumerateFiles(Golden.Root, "*.md").Concat(below)
            .Select(path => Path.GetRelativePath(Golden.Root, path).Replace('\\', '/'))
            .Where(name => !name.Split('/').Any(part => part is "bin" or "obj" or "node_modules"))
            .Order(StringComparer.Ordinal);
    }
}
