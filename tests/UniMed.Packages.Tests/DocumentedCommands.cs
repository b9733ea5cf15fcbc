namespace UniMed.Packages.Tests;

/// <summary>The commands of docs/packages.md, as they stand there: its blocks of type sh, one for each thing to do.</summary>
internal static class DocumentedCommands
{
    private const string Opens = "```sh";
    private const string Closes = "```";

    /// <summary>All blocks, in the page's order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Read()];

    /// <summary>Writes the packages.</summary>
    public static string Pack => With("dotnet pack UniMed.Packages.slnf");

    /// <summary>A new host that references the package UniMed.</summary>
    public static string Host => With("dotnet add package UniMed ");

    /// <summary>The tool, in the folder of a host.</summary>
    public static string Tool => With("dotnet tool install UniMed.Tool");

    /// <summary>The command line, compiled before the run.</summary>
    public static string ReadyToRun => With("-p:PublishReadyToRun=true");

    /// <summary>The command line with NativeAOT.</summary>
    public static string NativeAot => With("-p:PublishAot=true");

    private static string With(string command) => All.Single(block => block.Contains(command, StringComparison.Ordinal));

    private static IEnumerable<string> Read()
    {
        List<string>? block = null;
        foreach (string line in File.ReadLines(Path.Combine(Golden.Root, "docs", "packages.md")))
        {
            if (line == Opens)
            {
                block = [];
            }
            else if (block is not null && line == Closes)
            {
                yield return string.Join('\n', block);
                block = null;
            }
            else
            {
                block?.Add(line);
            }
        }
    }
}
