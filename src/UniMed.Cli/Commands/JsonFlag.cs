using System.CommandLine;

namespace UniMed.Cli.Commands;

/// <summary>The --json option of every command.</summary>
internal static class JsonFlag
{
    public static Option<bool> Create() => new("--json")
    {
        Description = "Write one JSON object on standard output and nothing else.",
    };
}
