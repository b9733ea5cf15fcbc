using System.Text;
using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

public sealed class ResumeTests
{
    private static readonly string[] Questions =
    [
        """{"id": "a", "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""",
        """{"id": "b", "task": "qa", "instruction": "[qa] which blood cell carries oxygen ?"}""",
        """{"id": 3, "task": "qa", "instruction": "[qa] which structure processes fear ?"}""",
    ];

    [Fact]
    public async Task A_second_run_answers_nothing_again()
    {
        using var folder = new TemporaryFolder();
        (string requests, string answers) = await FirstRun(folder);
        byte[] before = await Bytes(answers);
        CliRun again = await CliRun.Of("run", "--input", requests, "--output", answers);
        Assert.Equal(ExitCode.Success, again.ExitCode);
        Assert.Contains("0 answered, 3 were answered before, 0 failed", again.Error, StringComparison.Ordinal);
        Assert.Equal(before, await Bytes(answers));
    }

    [Fact]
    public async Task A_run_cut_anywhere_is_taken_up_and_keeps_whole_lines_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        (string requests, string answers) = await FirstRun(folder);
        byte[] whole = await Bytes(answers);
        int firstLine = Array.IndexOf(whole, (byte)'\n') + 1;
        foreach (int cut in (int[])[0, 1, 5, firstLine - 1, firstLine, firstLine + 3, firstLine + 40, whole.Length - 1])
        {
            await File.WriteAllBytesAsync(answers, whole[..cut], TestContext.Current.CancellationToken);
            CliRun again = await CliRun.Of("run", "--input", requests, "--output", answers);
            Assert.Equal(ExitCode.Success, again.ExitCode);
            byte[] after = await Bytes(answers);
            int kept = cut >= firstLine - 1 ? firstLine : 0;
            Assert.Equal(whole[..kept], after[..kept]);
            Assert.Equal(TextsOf(whole), TextsOf(after));
        }

        Assert.False(File.Exists(answers + ".partial"));
    }

    [Fact]
    public async Task Errors_are_tried_again_and_their_old_lines_go()
    {
        using var folder = new TemporaryFolder();
        string image = folder.File("slice.png");
        string vqa = """{"id": "v", "task": "vqa", "image": "slice.png", "instruction": "[vqa] Based on the image, respond to this question with a short answer: Which plane is this MRI slice in?"}""";
        string requests = folder.Write("requests.jsonl", Questions[0], vqa, "garbage", Questions[1]);
        string answers = folder.File("answers.jsonl");
        Assert.Equal(ExitCode.SomeFailed, (await CliRun.Of("run", "--input", requests, "--output", answers)).ExitCode);
        string[] first = await File.ReadAllLinesAsync(answers, TestContext.Current.CancellationToken);
        Assert.Equal(4, first.Length);

        File.Copy(CliRun.Slice(), image);
        CliRun second = await CliRun.Of("run", "--input", requests, "--output", answers);

        Assert.Equal(ExitCode.SomeFailed, second.ExitCode);
        Assert.Contains("1 answered, 2 were answered before, 1 failed", second.Error, StringComparison.Ordinal);
        string[] after = await File.ReadAllLinesAsync(answers, TestContext.Current.CancellationToken);
        Assert.Equal([first[0], first[3]], after[..2]);
        Assert.Contains("\"text\":\"axial\"", after[2], StringComparison.Ordinal);
        Assert.StartsWith("{\"id\":null", after[3], StringComparison.Ordinal);
        Assert.Equal(4, after.Length);
    }

    [Theory]
    [InlineData("my notes\n")]
    [InlineData("my notes")]
    [InlineData("{\"name\": 1}\n")]
    [InlineData("{\"id\": \"a\"}\n")]
    public async Task A_file_that_holds_something_else_is_left_alone(string content)
    {
        using var folder = new TemporaryFolder();
        string other = folder.File("notes.txt");
        await File.WriteAllTextAsync(other, content, TestContext.Current.CancellationToken);
        CliRun run = await CliRun.Of("run", "--input", folder.Write("requests.jsonl", Questions), "--output", other);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("line 1 is not an answer", run.Error, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(other, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_cancelled_run_keeps_what_it_has_and_says_how_to_go_on()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        using var error = new StringWriter();
        using var requests = new CancellingStream(Encoding.UTF8.GetBytes(string.Join('\n', Questions)), source);
        string answers = folder.File("answers.jsonl");
        int exitCode = await UnimedCommandLine.InvokeAsync(["run", "--input", "-", "--output", answers], new CommandConsole(TextWriter.Null, error, requests), source.Token);
        Assert.Equal(ExitCode.Cancelled, exitCode);
        Assert.Contains("goes on from there", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(string Requests, string Answers)> FirstRun(TemporaryFolder folder)
    {
        string requests = folder.Write("requests.jsonl", Questions);
        string answers = folder.File("answers.jsonl");
        Assert.Equal(ExitCode.Success, (await CliRun.Of("run", "--input", requests, "--output", answers)).ExitCode);
        return (requests, answers);
    }

    private static Task<byte[]> Bytes(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

    /// <summary>Ids and texts of an answer file, without the times, which differ from run to run.</summary>
    private static string[] TextsOf(byte[] answers) =>
        [.. Encoding.UTF8.GetString(answers).TrimEnd('\n').Split('\n').Select(line => line[..line.IndexOf(",\"timings_ms\"", StringComparison.Ordinal)])];
}
