using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

/// <summary>Full disks, closed streams, readers that leave, pipes and devices. /dev/full stands for a full disk.</summary>
public sealed class StreamTests
{
    private const string Requests = """
        for i in $(seq 1 60); do printf '{"id":%d,"task":"qa","instruction":"[qa] hello %d"}\n' $i $i; done > requests.jsonl

        """;

    /// <summary>Commands whose output is text, a table, JSON and help.</summary>
    public static TheoryData<string> Writers => new(
        "answer hi", "answer hi --json", "ask $slice q", "describe $slice", "locate $slice thalamus --timings", "classify $slice --label a --label b", "info", "devices", "tokenize hi", "tokenize hi", "--help", "ask --help", "--version");

    [Theory]
    [MemberData(nameof(Writers))]
    public async Task A_full_disk_is_an_error_that_names_the_output(string command)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"$unimed {command} > /dev/full");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith("unimed: Standard output cannot be written: No space left on device.", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("answer hi >&-")]
    [InlineData("answer hi <&- >&-")]
    [InlineData("info >&-")]
    [InlineData("--help >&-")]
    [InlineData("run --input requests.jsonl --output - >&-")]
    [InlineData("run --input requests.jsonl --output a.jsonl --json >&-")]
    public async Task A_closed_standard_output_is_an_error_that_says_so(string command)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), Requests + "$unimed " + command);
        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("unimed: Standard output is closed", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("answer hi >&- 2>&-", ExitCode.Failed)]
    [InlineData("answer '' 2>&-", ExitCode.Usage)]
    [InlineData("answer '' 2> /dev/full", ExitCode.Usage)]
    [InlineData("run --input requests.jsonl --output a.jsonl >&- 2>&-", ExitCode.Success)]
    public async Task The_exit_code_tells_what_standard_error_cannot(string command, int expected)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), Requests + "$unimed " + command);
        Assert.Equal((expected, ""), (run.ExitCode, run.Output));
    }

    [Theory]
    [InlineData("ask - q")]
    [InlineData("run --input - --output -")]
    public async Task A_closed_standard_input_is_an_error_that_says_so(string command)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"$unimed {command} <&-");
        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.Contains("Standard input is closed", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/fd/1")]
    [InlineData("fifo")]
    public async Task A_reader_that_left_ends_the_run_quietly_with_141(string output)
    {
        using var folder = new TemporaryFolder();
        string reader = output == "fifo" ? "mkfifo fifo; head -1 fifo & " : "";
        string pipe = output == "fifo" ? "" : " | head -1";
        CliRun run = await CliProcess.Shell(folder.File("."), $"{Requests}{reader}$unimed run --input requests.jsonl --output {output} --concurrency 1{pipe}; echo ${{PIPESTATUS[0]}}");
        Assert.Equal(["{\"id\":1,", "141"], run.Output.TrimEnd().Split('\n').Select(line => line[..Math.Min(8, line.Length)]));
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("answer hi")]
    [InlineData("info")]
    [InlineData("run --help")]
    public async Task A_reader_that_left_ends_every_command_quietly_with_141(string command)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"mkfifo gone; exec 3<> gone; exec 4> gone; exec 3>&-; $unimed {command} >&4");
        Assert.Equal((ExitCode.ReaderLeft, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("/dev/full")]
    [InlineData("link")]
    public async Task A_run_into_a_full_device_ends_with_an_error_that_names_it(string output)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"{Requests}ln -s /dev/full link; $unimed run --input requests.jsonl --output {output}");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains($"{output}: the file cannot be written: No space left on device", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_without_end_is_an_error()
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), "$unimed run --input /dev/zero --output -");
        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.Contains("no file of JSON lines", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--output /dev/null", 0)]
    [InlineData("--output /dev/stdout | cat", 60)]
    [InlineData("--output /dev/fd/1 > file; cat file", 60)]
    [InlineData("--output >(cat > file); sleep 0.2; cat file", 60)]
    [InlineData("--output /dev/stderr 2>&1 | grep id", 60)]
    public async Task A_run_writes_to_pipes_and_devices(string rest, int lines)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"{Requests}$unimed run --input requests.jsonl {rest}");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(lines, run.Output.Split('\n').Count(line => line.StartsWith("{\"id\":", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("TERM", "run --input requests.jsonl --output full", "exec 4<> full")]
    [InlineData("INT", "run --input requests.jsonl --output full", "exec 4<> full")]
    [InlineData("TERM", "run --input requests.jsonl --output nobody", ":")]
    [InlineData("TERM", "run --input nobody --output a.jsonl", ":")]
    [InlineData("TERM", "ask nobody q", ":")]
    [InlineData("TERM", "answer hi --model folder", ":")]
    [InlineData("TERM", "run --input pictures.jsonl --output a.jsonl", ":")]
    public async Task A_signal_ends_a_command_that_waits_for_a_pipe(string signal, string command, string prepare)
    {
        // Nobody reads from "full", which is filled first; "nobody" has no other end.
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(
            folder.File("."),
            $$"""
            {{Requests}}mkfifo full nobody; mkdir folder; mkfifo folder/config.json; {{prepare}}
            [ "{{prepare}}" = : ] || timeout 1 dd if=/dev/zero of=full bs=4096 count=100 2> /dev/null
            echo '{"id":1,"task":"vqa","image":"nobody","instruction":"[vqa] q"}' > pictures.jsonl
            env --default-signal=INT $unimed {{command}} & process=$!
            caught() { mask=$(sed -n 's/^SigCgt:\t//p' /proc/$process/status); (( 0x$mask & 0x4000 )); }
            until caught; do sleep 0.1; done
            sleep 1; kill -{{signal}} $process; wait $process; echo $?
            """);
        Assert.Equal("130\n", run.Output);
    }

    [Theory]
    [InlineData("ask <(cat $slice) 'Which plane is this MRI slice in?'")]
    [InlineData("ask - 'Which plane is this MRI slice in?' < $slice")]
    [InlineData("ask /dev/stdin 'Which plane is this MRI slice in?' < <(cat $slice)")]
    public async Task A_picture_comes_through_a_pipe(string command)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(folder.File("."), $"$unimed {command}");
        Assert.Equal((ExitCode.Success, "axial\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Requests_through_a_pipe_name_images_from_the_current_folder()
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliProcess.Shell(
            folder.File("."),
            """cp $slice here.png; $unimed run --input <(echo '{"id":1,"task":"vqa","image":"here.png","instruction":"[vqa] Based on the image, respond to this question with a short answer: Which plane is this MRI slice in?"}') --output -""");
        Assert.Contains("\"text\":\"axial\"", run.Output, StringComparison.Ordinal);
    }
}
