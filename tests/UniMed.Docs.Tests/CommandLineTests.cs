using UniMed.WeightsConverter.Commands;
using Xunit;

namespace UniMed.Docs.Tests;

/// <summary>Command lines of unimed and unimed-convert that stand in a document do what they say.</summary>
public class CommandLineTests
{
    public static TheoryData<string> UnimedLines => [.. Lines("unimed", "src/UniMed.Cli", inSentences: true).Distinct()];

    public static TheoryData<string> ConvertLines => [.. Lines("unimed-convert", "weights-converter", inSentences: false).Distinct()];

    [Theory]
    [MemberData(nameof(UnimedLines))]
    public async Task A_line_of_unimed_is_understood_and_answered(string line)
    {
        using var folder = new ReadersFolder();
        string[] arguments = [.. ShellWords.Of(line)];
        // A name in a sentence rather than a line to copy.
        if (arguments is [var command] && command is not "demo")
            arguments = [command, "--help"];
        // Measurements take minutes, and these devices are not everywhere: an unknown device is an error behind the parser.
        bool isLong = arguments is ["bench", _, _, ..] || arguments.Contains("cuda-emulated");

        CliRun run = await CliRun.Of(isLong ? OnNoDevice(arguments) : arguments);

        Assert.True(run.ExitCode == (isLong ? 1 : 0), $"unimed {line}\nended with {run.ExitCode}: {run.Error}");
    }

    [Theory]
    [MemberData(nameof(ConvertLines))]
    public async Task A_line_of_unimed_convert_is_understood(string line)
    {
        using var folder = new ReadersFolder();
        TextWriter console = Console.Error;
        using var errors = new StringWriter();
        Console.SetError(errors);
        try
        {
            // 1: the sources are not there. 2 would be wrong usage.
            Assert.True(await ConvertCommand.RunAsync([.. ShellWords.Of(line)]) == 1, errors.ToString());
        }
        finally
        {
            Console.SetError(console);
        }
    }

    /// <summary>The same with a device that does not exist, and without the option that belongs to another one.</summary>
    private static string[] OnNoDevice(string[] arguments)
    {
        int threads = Array.IndexOf(arguments, "--threads");
        int device = Array.IndexOf(arguments, "--device");
        return [.. arguments.Where((_, place) => (threads < 0 || (place != threads && place != threads + 1)) && (device < 0 || (place != device && place != device + 1))), "--device", "none"];
    }

    /// <summary>Arguments of a program: behind its name, or behind its project's.</summary>
    private static IEnumerable<string> Lines(string program, string project, bool inSentences)
    {
        foreach (Document document in Document.Names.Select(Document.Read))
        {
            IEnumerable<string> lines = document.Fences.Where(fence => fence.Language is "" or "sh" or "bash").SelectMany(fence => fence.Commands).Concat(inSentences ? document.CodeSpans : []);
            foreach (string line in lines)
            {
                string[] ways = [program + " ", "tools/" + program + " "];
                string? rest = ways.Where(way => line.StartsWith(way, StringComparison.Ordinal)).Select(way => line[way.Length..]).FirstOrDefault();
                if (rest is null && line.StartsWith("dotnet run ", StringComparison.Ordinal) && line.Contains($"--project {project} -- ", StringComparison.Ordinal))
                    rest = line[(line.IndexOf(" -- ", StringComparison.Ordinal) + " -- ".Length)..];
                // Three dots stand for something: such a line is not to be copied.
                if (rest is not null && !rest.Contains("...", StringComparison.Ordinal))
                    yield return rest.Trim();
            }
        }
    }
}
