using System.Runtime.Versioning;
using System.Text.Json;
using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

/// <summary>What becomes of the files that a command writes, and of those it must not.</summary>
public sealed class OutputTests
{
    private const string Good = """{"id": "good", "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""";
    private const string Bad = """{"id": "bad", "task": "vqa", "image": "missing.png", "instruction": "[vqa] q"}""";

    /// <summary>A folder with a picture, another spelling of its name, and links to it.</summary>
    public static TheoryData<string> SpellingsOfThePicture => new("picture.png", "./sub/../picture.png", "symlink.png", "hardlink.png");

    [Theory]
    [MemberData(nameof(SpellingsOfThePicture))]
    public async Task Locate_never_draws_over_its_own_picture(string output)
    {
        using TemporaryFolder folder = WithLinks("picture.png");
        string picture = folder.File("picture.png");
        byte[] before = await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken);
        CliRun run = await CliRun.Of("locate", picture, "left thalamus", "--output", folder.File(output));
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains("is the image", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(SpellingsOfThePicture))]
    public async Task Run_never_writes_over_its_requests(string output)
    {
        using TemporaryFolder folder = WithLinks("picture.png");

        // A last line that looks torn would be removed, were the file taken for answers.
        string requests = folder.File("picture.png");
        await File.WriteAllTextAsync(requests, "{\"id\":", TestContext.Current.CancellationToken);
        CliRun run = await CliRun.Of("run", "--input", requests, "--output", folder.File(output));
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Equal("{\"id\":", await File.ReadAllTextAsync(requests, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("locate - thalamus --output picture.png < picture.png")]
    [InlineData("locate /dev/stdin thalamus --output picture.png < picture.png")]
    [InlineData("run --input - --output picture.png < picture.png")]
    [InlineData("run --input /dev/fd/0 --output picture.png < picture.png")]
    public async Task No_output_is_the_file_that_standard_input_comes_from(string command)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"cp $slice picture.png; $unimed {command}; echo $?; cmp $slice picture.png");
        Assert.Equal("2\n", run.Output);
        Assert.Contains("would be overwritten", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("locate {slice} thalamus --output {model}/config.json", "a file of the model")]
    [InlineData("locate {slice} thalamus --json-schema {schema} --output {schema}", "the JSON schema")]
    [InlineData("bench --chart {model}/tokenizer.model", "a file of the model")]
    [InlineData("tokenize --input {requests} --output {model}/tokenizer.model", "a file of the tokenizer")]
    [InlineData("run --input {requests} --output {model}/config.json", "a file of the model")]
    public async Task No_output_is_a_file_that_the_command_reads(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        string schema = folder.Write("schema.json", """{"type": "boolean"}""");
        string model = Path.Combine(Golden.Root, "models", "unimed-nano");
        string requests = folder.Write("requests.jsonl", Good);
        CliRun run = await CliRun.Of([.. line.Split(' ').Select(word => word
            .Replace("{slice}", CliRun.Slice(), StringComparison.Ordinal)
            .Replace("{schema}", schema, StringComparison.Ordinal)
            .Replace("{requests}", requests, StringComparison.Ordinal)
            .Replace("{model}", model, StringComparison.Ordinal))]);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("locate {slice} thalamus --output -", "standard output")]
    [InlineData("locate {slice} thalamus --output /dev/stdout", "standard output")]
    [InlineData("locate {slice} thalamus --output {folder}", "is a folder")]
    [InlineData("bench --chart -", "standard output")]
    [InlineData("run --input {requests} --output {folder}", "is a folder")]
    public async Task An_output_that_cannot_be_is_refused_before_the_work(string line, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "standard output has no name among Windows' files");
        using var folder = new TemporaryFolder();
        string requests = folder.Write("requests.jsonl", Good);
        CliRun run = await CliRun.Of([.. line.Split(' ').Select(word => word
            .Replace("{slice}", CliRun.Slice(), StringComparison.Ordinal)
            .Replace("{requests}", requests, StringComparison.Ordinal)
            .Replace("{folder}", Path.GetDirectoryName(requests), StringComparison.Ordinal))]);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_run_that_is_taken_up_keeps_the_link_and_the_mode_of_its_output()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        using var folder = new TemporaryFolder();
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string requests = folder.Write("requests.jsonl", Bad, Good);
        string answers = folder.Write("answers.jsonl");
        File.SetUnixFileMode(answers, Private);
        string link = folder.File("link.jsonl");
        File.CreateSymbolicLink(link, answers);

        Assert.Equal(ExitCode.SomeFailed, (await CliRun.Of("run", "--input", requests, "--output", link)).ExitCode);
        Assert.Equal(ExitCode.SomeFailed, (await CliRun.Of("run", "--input", requests, "--output", link)).ExitCode);

        Assert.Equal(answers, new FileInfo(link).LinkTarget);
        Assert.Equal(Private, File.GetUnixFileMode(answers));
        JsonElement[] lines = [.. (await File.ReadAllLinesAsync(answers, TestContext.Current.CancellationToken)).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["good", "bad"], lines.Select(line => line.GetProperty("id").GetString()));
        Assert.False(File.Exists(answers + ".rewrite"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_picture_that_is_drawn_again_keeps_the_link_and_the_mode_of_its_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        using var folder = new TemporaryFolder();
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string picture = folder.Write("found.png");
        File.SetUnixFileMode(picture, Private);
        string link = folder.File("link.png");
        File.CreateSymbolicLink(link, picture);
        Assert.Equal(ExitCode.Success, (await CliRun.Of("locate", CliRun.Slice(), "left thalamus", "--output", link)).ExitCode);
        Assert.Equal(picture, new FileInfo(link).LinkTarget);
        Assert.Equal(Private, File.GetUnixFileMode(picture));
        Assert.True(MedicalImage.Load(picture).Width > 0);
    }

    [Theory]
    [InlineData("answers.jsonl")]
    [InlineData("symlink.jsonl")]
    [InlineData("hardlink.jsonl")]
    public async Task A_second_run_into_the_same_file_ends_at_once_and_says_why(string second)
    {
        using TemporaryFolder folder = WithLinks("answers.jsonl");
        string requests = folder.Write("requests.jsonl", Good);
        string answers = folder.File("answers.jsonl");
        await File.WriteAllTextAsync(answers, "", TestContext.Current.CancellationToken);
        using var first = await UniMed.Cli.Requests.AnswerFile.OpenAsync(answers, TestContext.Current.CancellationToken);
        CliRun run = await CliRun.Of("run", "--input", requests, "--output", folder.File(second));
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains("another run", run.Error, StringComparison.Ordinal);
        Assert.Equal("", await ReadWhileWritten(answers));
    }

    [Fact]
    public async Task A_killed_run_leaves_no_lock_behind()
    {
        using var folder = new TemporaryFolder();
        string requests = folder.Write("requests.jsonl", Good);
        CliRun run = await CliProcess.Shell(
            folder.File("."),
            """
            mkfifo slow; sleep 100 > slow & feeder=$!
            "$unimed" run --input slow --output answers.jsonl & first=$!
            until [ -e answers.jsonl ] && grep -qs OFDLCK /proc/$first/fdinfo/*; do sleep 0.1; done
            "$unimed" run --input requests.jsonl --output answers.jsonl; echo "second $?"
            kill -KILL $first; wait $first 2> /dev/null; kill $feeder
            "$unimed" run --input requests.jsonl --output answers.jsonl; echo "third $?"; wc -l < answers.jsonl
            """);
        Assert.Equal("second 2\nthird 0\n1\n", run.Output);
        Assert.Matches(@"another run \(process \d+\) writes to this file", run.Error);
        Assert.True(File.Exists(requests));
    }

    [Fact]
    public async Task A_run_whose_model_cannot_be_loaded_leaves_no_file_behind()
    {
        using var folder = new TemporaryFolder();
        string answers = folder.File("answers.jsonl");
        CliRun run = await CliRun.Of("run", "--input", folder.Write("requests.jsonl", Good), "--output", answers, "--model", folder.File("none"));
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.False(File.Exists(answers));
    }

    private static async Task<string> ReadWhileWritten(string path)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static TemporaryFolder WithLinks(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights on Windows that tests do not have");
        var folder = new TemporaryFolder();
        string path = folder.File(name);
        File.Copy(CliRun.Slice(), path);
        Directory.CreateDirectory(folder.File("sub"));
        File.CreateSymbolicLink(folder.File("symlink" + Path.GetExtension(name)), path);
        System.Diagnostics.Process.Start("ln", [path, folder.File("hardlink" + Path.GetExtension(name))]).WaitForExit();
        return folder;
    }
}
