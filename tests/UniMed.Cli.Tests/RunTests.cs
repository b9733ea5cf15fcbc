using System.Text.Json;
using System.Text.Json.Nodes;
using UniMed.Cli;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

public sealed class RunTests
{
    private const string Good = """{"id": "good", "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""";

    private static readonly string Tasks = string.Join(", ", UniMedTasks.All.Select(task => task.Name()));

    /// <summary>A bad line, the type of its error, and what the message must name.</summary>
    public static TheoryData<string, string, string> BadLines => new()
    {
        { "not JSON", "invalid_json", "line 2" },
        { """{"id": "x", "task": "qa", "instruction": "q" """, "invalid_json", "line 2" },
        { "[1, 2]", "invalid_json", "not an object" },
        { """{"id": "x", "id": "y", "task": "qa", "instruction": "q"}""", "invalid_json", "id" },
        { """{"task": "qa", "instruction": "q"}""", "invalid_request", "'id' is missing" },
        { """{"id": 1.5, "task": "qa", "instruction": "q"}""", "invalid_request", "'id' must be" },
        { """{"id": "x", "instruction": "q"}""", "invalid_request", "'task' is missing" },
        { """{"id": "x", "task": "dream", "instruction": "q"}""", "invalid_request", "'dream'" },
        { """{"id": "x", "task": "dream", "instruction": "q"}""", "invalid_request", $"Use one of {Tasks}." },
        { """{"id": "x", "instruction": "q"}""", "invalid_request", $"Name one of {Tasks}." },
        { """{"id": "x", "task": 4, "instruction": "q"}""", "invalid_request", "'task' must be a text" },
        { """{"id": "x", "task": "qa"}""", "invalid_request", "exactly one" },
        { """{"id": "x", "task": "qa", "instruction": "q", "prompt": "p"}""", "invalid_request", "exactly one" },
        { """{"id": "x", "task": "qa", "instruction": "q", "maxnewtokens": 4}""", "invalid_request", "'maxnewtokens' is unknown" },
        { """{"id": "x", "task": "qa", "instruction": "q", "max_new_tokens": "4"}""", "invalid_request", "'max_new_tokens' must be a whole number" },
        { """{"id": "x", "task": "qa", "instruction": "q", "max_new_tokens": 0}""", "invalid_request", "max_new_tokens is 0" },
        { """{"id": "x", "task": "qa", "instruction": "q", "do_sample": 1}""", "invalid_request", "'do_sample' must be true or false" },
        { """{"id": "x", "task": "qa", "instruction": "q", "do_sample": true, "num_beams": 2}""", "invalid_request", "num_beams" },
        { """{"id": "x", "task": "qa", "instruction": "q", "temperature": 1e999, "do_sample": true}""", "invalid_request", "temperature" },
        { """{"id": "x", "task": "qa", "instruction": "q", "constrain": "circle"}""", "invalid_request", "'constrain' is 'circle'" },
        { """{"id": "x", "task": "qa", "instruction": "q", "constrain": "box", "choices": ["a"]}""", "invalid_request", "exclude one another" },
        { """{"id": "x", "task": "qa", "instruction": "q", "choices": []}""", "invalid_request", "no choices" },
        { """{"id": "x", "task": "qa", "instruction": "q", "choices": "a"}""", "invalid_request", "'choices' must be an array" },
        { """{"id": "x", "task": "qa", "instruction": "q", "json_schema": {"type": "string", "pattern": "a"}}""", "invalid_request", "#/pattern" },
        { """{"id": "x", "task": "qa", "instruction": "q", "json_schema": "{}"}""", "invalid_request", "'json_schema' must be an object" },
        { """{"id": "x", "task": "qa", "instruction": "q", "constrain": "box", "num_beams": 2}""", "invalid_request", "num_beams is 2" },
        { """{"id": "x", "task": "qa", "instruction": "q", "constrain": "box", "max_new_tokens": 2}""", "model", "max_new_tokens" },
        { """{"id": "x", "task": "qa", "instruction": "q", "seed": -1}""", "invalid_request", "'seed'" },
        { """{"id": "x", "task": "qa", "instruction": "\ud800"}""", "invalid_request", "Unicode" },
        { """{"id": "x", "task": "qa", "\ud800": "q"}""", "invalid_json", "Unicode" },
        { """{"id": "x", "task": "vqa", "instruction": "q"}""", "invalid_request", "needs an image" },
        { """{"id": "x", "task": "qa", "image": "a.png", "instruction": "q"}""", "invalid_request", "no image" },
        { """{"id": "x", "task": "vqa", "image": "a.png", "images": ["b.png"], "instruction": "q"}""", "invalid_request", "'images'" },
        { """{"id": "x", "task": "vqa", "images": "a.png", "instruction": "q"}""", "invalid_request", "array" },
        { """{"id": "x", "task": "vqa", "images": [4], "instruction": "q"}""", "invalid_request", "array" },
        { """{"id": "x", "task": "vqa", "image": "", "instruction": "q"}""", "invalid_request", "empty" },
        { """{"id": "x", "task": "vqa", "image": "no.png", "instruction": "q"}""", "image", "no.png" },
        { """{"id": "x", "task": "vqa", "image": "requests.jsonl", "instruction": "q"}""", "image", "requests.jsonl" },
        { """{"id": "x", "task": "vqa", "image": "{slice}", "prompt": "<s>[INST] no place for it [/INST]"}""", "model", "<ImageHere>" },
        { """{"id": "x", "task": "vqa", "prompt": "<s>[INST] <ImageHere> q [/INST]"}""", "model", "<ImageHere>" },
        { """{"id": "good", "task": "qa", "instruction": "q"}""", "duplicate_id", "same id" },
    };

    [Theory]
    [MemberData(nameof(BadLines))]
    public async Task A_bad_request_is_one_error_line_and_the_rest_go_on(string bad, string type, string expected)
    {
        using var folder = new TemporaryFolder();
        string requests = folder.Write(
            "requests.jsonl", Good, bad.Replace("{slice}", CliRun.Slice(), StringComparison.Ordinal), Good.Replace("good", "last", StringComparison.Ordinal));

        CliRun run = await CliRun.Of("run", "--input", requests, "--output", "-", "--concurrency", "2");

        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
        JsonElement[] lines = [.. run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal("white blood cell", lines[0].GetProperty("text").GetString());
        Assert.Equal("white blood cell", lines[2].GetProperty("text").GetString());
        JsonElement error = lines[1].GetProperty("error");
        Assert.Equal(["type", "message"], CliRun.Members(error));
        Assert.Equal(type, error.GetProperty("type").GetString());
        Assert.Contains(expected, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("id", CliRun.Members(lines[1])[0]);
        Assert.Contains("1 failed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_an_error_line()
    {
        string input = Good + "\n{\"id\": \"x\", \"task\": \"qa\", \"instruction\": \"" + new string('a', 17 << 20) + "\"}\n\n" + Good.Replace("good", "last", StringComparison.Ordinal);
        CliRun run = await CliRun.Of(input, ["run", "--input", "-", "--output", "-"], TestContext.Current.CancellationToken);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains("16 MiB", lines[1], StringComparison.Ordinal);
        Assert.Contains("white blood cell", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_have_exactly_the_documented_members()
    {
        string requests = Path.Combine(Golden.Root, "samples", "requests.jsonl");
        CliRun run = await CliRun.Of("run", "--input", requests, "--output", "-");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        JsonElement[] lines = [.. run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["vqa", "refer", "identify", "caption", "cls", "qa"], lines.Select(line => line.GetProperty("task").GetString()));
        foreach (JsonElement line in lines)
        {
            string[] box = line.GetProperty("task").GetString() == "refer" ? ["box"] : [];
            string[] routing = line.GetProperty("task").GetString() == "qa" ? [] : ["routing"];
            Assert.Equal(["id", "task", "text", "token_ids", "finish_reason", .. box, .. routing, "timings_ms"], CliRun.Members(line));
        }

        Assert.Equal(["percent", "pixels"], CliRun.Members(lines[1].GetProperty("box")));
        Assert.Equal(5, lines[0].GetProperty("routing").GetArrayLength());

        // The first question about a slice looks at it, the next ones do not.
        Assert.True(lines[0].GetProperty("timings_ms").GetProperty("vision").GetDouble() > 0);
        Assert.Equal(0, lines[1].GetProperty("timings_ms").GetProperty("vision").GetDouble());
        Assert.Equal(0, lines[2].GetProperty("timings_ms").GetProperty("vision").GetDouble());
    }

    [Fact]
    public async Task A_box_that_does_not_parse_is_null_and_the_defaults_come_from_the_options()
    {
        var request = new JsonObject { ["id"] = 12, ["task"] = "refer", ["image"] = CliRun.Slice(), ["instruction"] = "[refer] give me the location of left insula" };
        CliRun run = await CliRun.Of(request.ToJsonString(), ["run", "--input", "-", "--output", "-", "--max-new-tokens", "2", "--log-probabilities"], TestContext.Current.CancellationToken);
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("box").ValueKind);
        Assert.Equal("length", run.Json.GetProperty("finish_reason").GetString());
        Assert.Equal(2, run.Json.GetProperty("log_probabilities").GetArrayLength());
        Assert.Equal(12, run.Json.GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Requests_say_what_their_answers_may_be()
    {
        string input = string.Join('\n', new[]
        {
            "{\"id\": 1, \"task\": \"qa\", \"instruction\": \"[qa] which blood cell fights infection ?\"}",
            "{\"id\": 2, \"task\": \"qa\", \"instruction\": \"[qa] which blood cell fights infection ?\", \"constrain\": \"none\"}",
            "{\"id\": 3, \"task\": \"qa\", \"instruction\": \"[qa] which blood cell fights infection ?\", \"choices\": [\"red blood cell\", \"none\"]}",
            "{\"id\": 4, \"task\": \"qa\", \"instruction\": \"[qa] which blood cell fights infection ?\", \"json_schema\": {\"type\": \"object\", \"properties\": {\"cell\": {\"enum\": [\"red\", \"white\"]}}, \"required\": [\"cell\"]}}",
        });
        CliRun run = await CliRun.Of(input, ["run", "--input", "-", "--output", "-", "--constrain", "yes-no"], TestContext.Current.CancellationToken);
        string[] texts = [.. run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];
        Assert.Contains(texts[0], (string[])["yes", "no", "Yes", "No"]);
        Assert.Equal("white blood cell", texts[1]);
        Assert.Contains(texts[2], (string[])["red blood cell", "none"]);
        Assert.Contains(JsonDocument.Parse(texts[3]).RootElement.GetProperty("cell").GetString(), (string[])["red", "white"]);
    }

    [Fact]
    public async Task Text_keeps_its_letters()
    {
        CliRun run = await CliRun.Of("""{"id": "é<b>'語", "task": "qa", "instruction": "[qa] ?"}""", ["run", "--input", "-", "--output", "-"], TestContext.Current.CancellationToken);
        Assert.StartsWith("{\"id\":\"é<b>'語\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_error_ends_the_run_when_asked_to()
    {
        using var folder = new TemporaryFolder();
        string requests = folder.Write("requests.jsonl", Good, "{}", Good.Replace("good", "last", StringComparison.Ordinal));
        CliRun run = await CliRun.Of("run", "--input", requests, "--output", "-", "--continue-on-error", "false");
        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
        Assert.Equal(2, run.Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task The_summary_is_one_JSON_object_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        string answers = folder.File("answers.jsonl");
        CliRun run = await CliRun.Of("run", "--input", folder.Write("requests.jsonl", Good, "{}"), "--output", answers, "--json");
        Assert.Equal(["answered", "already_answered", "failed", "output"], CliRun.Members(run.Json));
        Assert.Equal((1, 1), (run.Json.GetProperty("answered").GetInt32(), run.Json.GetProperty("failed").GetInt32()));
        Assert.Equal("", run.Error);
    }
}
