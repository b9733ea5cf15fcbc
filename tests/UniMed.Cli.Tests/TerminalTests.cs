using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

/// <summary>What a person at a terminal sees while an answer is made.</summary>
public sealed class TerminalTests
{
    /// <summary>A command, what its text begins with, and the fewest pieces that it comes in.</summary>
    public static TheoryData<string, string, int> Commands => new()
    {
        { "ask|{slice}|Which plane is this MRI slice in?", "axial", 1 },
        { "answer|which blood cell fights infection ?", "white blood cell", 3 },
        { "describe|{slice}", "", 3 },
        { "identify|{slice}|--box|38,42,49,55", "left thalamus", 2 },
        { "locate|{slice}|left thalamus", "{<38><42>", 5 },
        { "classify|{slice}|--label|axial|--label|coronal", "generated: ", 2 },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_that_generates_writes_tokens_as_they_are_chosen(string command, string start, int least)
    {
        (int exitCode, List<string> writes) = await Run(command);
        Assert.Equal(ExitCode.Success, exitCode);
        string[] pieces = [.. writes.TakeWhile(piece => !piece.EndsWith('\n'))];
        Assert.True(pieces.Length >= least);
        Assert.StartsWith(start, string.Concat(pieces), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ask|{slice}|Which plane is this MRI slice in?|--timings", "axial", "milliseconds")]
    [InlineData("locate|{slice}|left thalamus", "{<38>", "percent 38")]
    [InlineData("classify|{slice}|--label|axial|--label|coronal", "generated: ", "probability")]
    public async Task Scores_and_timings_follow_the_text(string command, string text, string detail)
    {
        string output = string.Concat((await Run(command)).Writes);
        int first = output.IndexOf(text, StringComparison.Ordinal);
        Assert.True(first >= 0 && first < output.IndexOf(detail, StringComparison.Ordinal));
        Assert.Equal(first, output.LastIndexOf(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task JSON_is_one_object_on_a_terminal_too()
    {
        (int exitCode, List<string> writes) = await Run("answer|which blood cell fights infection ?|--json");
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.StartsWith("{\"task\":\"qa\"", string.Concat(writes), StringComparison.Ordinal);
        Assert.DoesNotContain(writes, piece => piece == "white");
    }

    [Fact]
    public async Task Beams_appear_when_they_are_complete()
    {
        (int exitCode, List<string> writes) = await Run("answer|which blood cell fights infection ?|--num-beams|2");
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.StartsWith("white blood cell\n", string.Concat(writes).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, List<string> Writes)> Run(string command)
    {
        using var output = new RecordingWriter();
        using var error = new StringWriter();
        string[] args = [.. command.Split('|').Select(word => word.Replace("{slice}", CliRun.Slice(), StringComparison.Ordinal))];
        int exitCode = await UnimedCommandLine.InvokeAsync(args, new CommandConsole(output, error, null, outputIsTerminal: true), TestContext.Current.CancellationToken);
        return (exitCode, output.Writes);
    }
}
