using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

public sealed class UsageTests
{
    public static TheoryData<string, string> Mistakes => new()
    {
        { "ask {slice}", "missing" },
        { "ask {slice} q --max-new-tokens 0", "--max-new-tokens is 0" },
        { "ask {slice} q --max-new-tokens x", "--max-new-tokens is 'x'" },
        { "ask {slice} q --seed -1", "whole number from 0" },
        { "ask {slice} q --top-p NaN", "--top-p" },
        { "ask {slice} q --temperature 0", "--temperature is 0" },
        { "ask {slice} q --num-beams 2 --do-sample", "--num-beams is 2 and --do-sample" },
        { "ask {slice} q --window-center 4", "--window-width" },
        { "ask {slice} q --window-center 4 --window-width 0.5", "--window-width" },
        { "ask {slice} q --bogus", "no option '--bogus'" },
        { "identify {slice} --box 1,2,3", "Give four" },
        { "identify {slice} --box 1,2,3,x", "'x' is not a number" },
        { "identify {slice} --box 1,2,3,101", "0 to 100" },
        { "identify {slice} --box 1,2,3.5,4", "whole percent" },
        { "identify {slice} --box 30,2,3,4", "inside out" },
        { "identify {slice} --box 0,0,500,4 --pixels", "181 x 217" },
        { "identify {slice}", "--box" },
        { "classify {slice} --label a", "at least two" },
        { "ask {slice} q --constrain triangle", "--constrain is 'triangle'" },
        { "ask {slice} q --constrain box --choice a", "exclude one another" },
        { "ask {slice} q --constrain box --num-beams 2", "--num-beams is 2" },
        { "ask {slice} q --choice a --min-length 4", "--min-length is 4" },
        { "ask {slice} q --json-schema /no/schema.json", "/no/schema.json" },
        { "ask {slice} q --json-schema {root}/README.md", "not JSON" },
        { "classify {slice} --label a --label b --constrain-to-labels --constrain box", "--constrain-to-labels excludes" },
        { "ask {slice} q --samples 1", "--samples is 1" },
        { "ask {slice} q --samples 4 --num-beams 2", "--num-beams" },
        { "run --input a.jsonl", "--output" },
        { "run --input a.jsonl --output a.jsonl", "same file" },
        { "run --input a.jsonl --output - --json", "--json" },
        { "run --input a.jsonl --output b.jsonl --concurrency 0", "--concurrency is 0" },
        { "nonsense", "no command 'nonsense'" },
        { "answer q --device reference --threads 2", "--threads is for device cpu" },
        { "bench --device reference --threads 2", "--threads is for device cpu" },
        { "ask {slice} {empty}", "QUESTION is empty" },
        { "ask {empty} q", "name of an image" },
        { "ask - - q", "named for several images" },
        { "answer {empty}", "QUESTION is empty" },
        { "answer {blank}", "QUESTION is white space only" },
        { "answer q --model {empty}", "--model is empty" },
        { "answer q --routing", "--routing" },
        { "locate {slice} {empty}", "PHRASE is empty" },
        { "locate {slice} q --output {empty}", "--output" },
        { "describe {slice} --instruction {blank}", "--instruction is white space only" },
        { "classify {slice} --label a --label {empty}", "--label is empty" },
        { "classify {slice} --label a --label a --label b", "--label 'a' is given twice" },
        { "classify {slice} --label a --label b --subject {empty}", "--subject is empty" },
        { "classify {slice} --label a --label b --constrain-to-labels --num-beams 2", "--constrain-to-labels excludes --num-beams" },
        { "tokenize --input {blank} --output -", "one of them is empty" },
        { "demo --output {empty}", "--output is empty" },
        { "ask {slice} q --choice a --choice a", "--choice 'a' is given twice" },
        { "ask {slice} q --choice {empty}", "--choice is empty" },
        { "ask {slice} q --temperature 0.5", "--temperature has no effect" },
        { "ask {slice} q --top-p 0.5", "--top-p has no effect" },
        { "ask {slice} q --top-k 5", "--top-k has no effect" },
        { "ask {slice} q --seed 5", "--seed has no effect" },
        { "ask {slice} q --length-penalty 2", "--length-penalty has no effect" },
    };

    public static TheoryData<string, string> Failures => new()
    {
        { "ask /no/such.png q", "/no/such.png" },
        { "ask {slice} q --model /no/model", "/no/model" },
        { "ask {slice} q --device abacus", "abacus" },
        { "ask {slice} q --device cuda", "cuda" },
        { "info --model /no/model", "/no/model" },
        { "run --input /no/requests.jsonl --output -", "/no/requests.jsonl" },
        { "locate {slice} thalamus --output /no/found.png", "/no/found.png" },
        { "ask {root}/README.md q", "README.md" },
        { "answer q --num-beams 64 --kv-cache-tokens 64", "--kv-cache-tokens" },
        { "answer q --kv-cache-tokens 0", "--kv-cache-tokens is 0" },
        { "answer q --device cpu --threads 0", "--threads is 0" },
        { "answer q --constrain box --max-new-tokens 2", "--max-new-tokens" },
    };

    public static TheoryData<string> Commands => new("demo", "ask", "locate", "identify", "describe", "classify", "answer", "run", "info", "devices", "bench");

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_wrong_command_line_ends_in_one_message_and_exit_code_2(string line, string expected)
    {
        CliRun run = await Run(line);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Contains("--help'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failed_request_ends_in_one_message_and_exit_code_1(string line, string expected)
    {
        CliRun run = await Run(line);
        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("unimed: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("fault in unimed", run.Error, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"KvCacheTokens|MaxNewTokens|NumBeams|DoSample|Threads is", run.Error);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_has_help(string command)
    {
        CliRun run = await CliRun.Of(command, "--help");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains($"unimed {command}", run.Output, StringComparison.Ordinal);
        Assert.Contains("--json", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_command_and_the_exit_codes()
    {
        CliRun run = await CliRun.Of("--help");
        Assert.All(Commands.Select(row => row.Data), command => Assert.Contains($"  {command}", run.Output, StringComparison.Ordinal));
        Assert.Contains("130 cancelled", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_tells_defaults_and_where_the_model_is_looked_for()
    {
        string help = (await CliRun.Of("ask", "--help")).Output;
        Assert.Contains("[default: 100]", help, StringComparison.Ordinal);
        Assert.Contains("models/unimed-nano", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_for_requests_names_every_task()
    {
        string help = (await CliRun.Of("run", "--help")).Output;
        Assert.All(UniMedTasks.All, task => Assert.Contains(task.Name(), help, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_command_shows_the_help_on_stderr()
    {
        CliRun run = await CliRun.Of();
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains("Commands:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_may_start_with_an_at_sign_or_with_dashes()
    {
        Assert.Equal(ExitCode.Success, (await CliRun.Of("answer", "@what is it ?")).ExitCode);
        Assert.Equal(ExitCode.Success, (await CliRun.Of("answer", "--", "--what is it ?")).ExitCode);
    }

    [Fact]
    public async Task Control_characters_in_a_name_do_not_reach_the_terminal()
    {
        CliRun run = await CliRun.Of("ask", "no\u001b[31m.png", "q");
        Assert.DoesNotContain('\u001b', run.Error);
    }

    [Fact]
    public async Task Cancellation_ends_in_exit_code_130()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        CliRun run = await CliRun.Of("", ["answer", "which blood cell fights infection ?"], source.Token);
        Assert.Equal(ExitCode.Cancelled, run.ExitCode);
    }

    private static Task<CliRun> Run(string line) =>
        CliRun.Of([.. line.Split(' ').Select(word => word.Replace("{slice}", CliRun.Slice(), StringComparison.Ordinal).Replace("{root}", Golden.Root, StringComparison.Ordinal)
            .Replace("{empty}", "", StringComparison.Ordinal).Replace("{blank}", " \t", StringComparison.Ordinal))]);
}
