using System.Text.RegularExpressions;
using Xunit;

namespace UniMed.Docs.Tests;

/// <summary>Paths and names of code that a document mentions exist.</summary>
public partial class NameTests
{
    private static readonly string[] Sources = ["src", "weights-converter", "tests", "bench", "samples", "native"];

    private static readonly Lazy<HashSet<string>> Words = new(() => [.. SourceFiles().SelectMany(path => Word().Matches(File.ReadAllText(path)).Select(match => match.Value))]);

    /// <summary>All but the history, which names what is gone.</summary>
    public static TheoryData<string> Documents => [.. Document.Names.Where(name => name != "CHANGELOG.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_exists(string name)
    {
        Document document = Document.Read(name);
        // Pages about one part of the tree name files from its folder, too.
        string[] folders = [Golden.Root, document.Folder, Path.Combine(Golden.Root, "native", "cuda")];
        IEnumerable<string> words = document.CodeSpans.Concat(document.Fences.SelectMany(fence => fence.Commands)).SelectMany(text => text.Split(' ', '=', '"', '@', ':', ','));
        string[] missing = [.. words.Where(word => RepositoryPath().IsMatch(word)).SelectMany(Braces).Where(path => !folders.Any(folder => Exists(folder, path))).Distinct()];
        Assert.True(missing.Length == 0, $"{name} names what is not there: {string.Join(", ", missing)}");
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_name_of_code_exists(string name)
    {
        IEnumerable<string> names = Document.Read(name).CodeSpans.Select(span => CodeName().Match(span)).Where(match => match.Success).Select(match => match.Groups[1].Value);
        string[] missing = [.. names.Where(code => !code.Split('.').All(Words.Value.Contains)).Distinct()];
        Assert.True(missing.Length == 0, $"{name} names what no source file knows: {string.Join(", ", missing)}");
    }

    private static bool Exists(string root, string path)
    {
        // A build makes it.
        if (path.Contains("/bin/Release/", StringComparison.Ordinal))
            return true;
        string pattern = path.TrimEnd('/', '.');
        if (!pattern.Contains('*', StringComparison.Ordinal))
            return Path.Exists(Path.Combine(root, pattern));
        string folder = Path.Combine(root, Path.GetDirectoryName(pattern)!);
        return Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder, Path.GetFileName(pattern)).Any();
    }

    /// <summary>a{b,c}d is abd and acd.</summary>
    private static IEnumerable<string> Braces(string path)
    {
        int open = path.IndexOf('{', StringComparison.Ordinal);
        int close = path.IndexOf('}', StringComparison.Ordinal);
        return open < 0 || close < open
            ? [path]
            : path[(open + 1)..close].Split(',').SelectMany(choice => Braces(path[..open] + choice + path[(close + 1)..]));
    }

    private static IEnumerable<string> SourceFiles()
    {
        string[] endings = [".cs", ".cu", ".h", ".cpp", ".csproj", ".props", ".targets", ".txt"];
        return Sources.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Golden.Root, folder), "*", SearchOption.AllDirectories))
            .Where(path => endings.Contains(Path.GetExtension(path)))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "golden" or "node_modules" or "UniMed.Docs.Tests"))
            .Append(Path.Combine(Golden.Root, "Directory.Build.props"));
    }

    [GeneratedRegex(@"^(\./)?(src|docs|tests|samples|bench|models|native|weights-converter|\.github)/[\w./{},*-]+$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"^([A-Z][a-z0-9]+[A-Z]\w*(?:\.[A-Z]\w*)*)(?:<\w+>)?(?:\(.*\))?$")]
    private static partial Regex CodeName();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Word();
}
