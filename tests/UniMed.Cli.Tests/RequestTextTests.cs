using System.Text;
using System.Text.Json;
using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

/// <summary>Request files as shells, editors and joins leave them.</summary>
public sealed class RequestTextTests
{
    private const string One = """{"id": 1, "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""";
    private const string Two = """{"id": 2, "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""";
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    public static TheoryData<string, bool> Encodings => new()
    {
        { "utf-16", true }, { "utf-16", false }, { "utf-16BE", true }, { "utf-16BE", false }, { "utf-32", true }, { "utf-32", false }, { "utf-32BE", true }, { "utf-32BE", false },
        { "utf-8", true }, { "utf-8", false },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Requests_are_read_in_every_Unicode_encoding(string name, bool hasMark)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] text = [.. hasMark ? encoding.GetPreamble() : [], .. encoding.GetBytes($"{One}\r\n{Two}\r\n")];
        AssertAnswered(await Run(text), 1, 2);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public async Task Joined_files_with_byte_order_marks_are_read(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] first = [.. encoding.GetPreamble(), .. encoding.GetBytes(One + "\r\n")];
        byte[] second = [.. encoding.GetPreamble(), .. encoding.GetBytes(Two + "\r\n")];
        AssertAnswered(await Run([.. first, .. second]), 1, 2);
    }

    [Fact]
    public async Task A_byte_order_mark_behind_a_request_is_named()
    {
        CliRun run = await Run([.. Encoding.UTF8.GetBytes(One), .. Mark, .. Encoding.UTF8.GetBytes(Two)]);
        Assert.Contains("byte order mark", ErrorOf(Assert.Single(Lines(run))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UTF16_behind_UTF8_is_one_error_that_names_it()
    {
        string many = string.Concat(Enumerable.Range(3, 20).Select(id => Two.Replace("2", $"{id}", StringComparison.Ordinal) + "\n"));
        CliRun run = await Run([.. Encoding.UTF8.GetBytes(One + "\n"), .. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(many)]);
        JsonElement[] lines = Lines(run);
        Assert.Equal(2, lines.Length);
        Assert.Equal("white blood cell", lines[0].GetProperty("text").GetString());
        Assert.Contains("UTF-16", ErrorOf(lines[1]), StringComparison.Ordinal);
        Assert.Contains("Save the whole file as UTF-8", ErrorOf(lines[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UTF8_behind_UTF16_ends_the_run_with_one_error()
    {
        CliRun run = await Run([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(One + "\n"), .. Encoding.UTF8.GetBytes("{\"id\": 2}\n"), 0xD8, 0xDC, 0x0A]);
        Assert.NotEqual(ExitCode.Success, run.ExitCode);
        Assert.True(Lines(run).Length <= 2);
    }

    [Theory]
    [InlineData("""{"id": 1, "task": "qa", "instruction": "[qa] f|hrt das zu ?"}""", 1)]
    [InlineData("""{"id": "|", "task": "qa", "instruction": "[qa] q"}""", null)]
    [InlineData("""{"id": 1, "|": "qa"}""", 1)]
    [InlineData("""|{"id": 1}""", null)]
    public async Task Bytes_of_another_encoding_are_named_with_the_remedy(string line, int? id)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(line + "\n" + Two)];
        bytes[Array.IndexOf(bytes, (byte)'|')] = 0xFC;
        CliRun run = await Run(bytes);
        JsonElement[] lines = Lines(run);
        Assert.Equal(2, lines.Length);
        Assert.Contains("(0xFC) is not UTF-8", ErrorOf(lines[0]), StringComparison.Ordinal);
        Assert.Contains("iconv", ErrorOf(lines[0]), StringComparison.Ordinal);
        Assert.Equal(id, lines[0].GetProperty("id") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null);
        Assert.Equal("white blood cell", lines[1].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("[\n{\"id\": 1},\n{\"id\": 2}\n]\n")]
    [InlineData("[{\"id\": 1},\n{\"id\": 2}]\n")]
    [InlineData("{\n  \"id\": 1,\n  \"task\": \"qa\"\n}\n")]
    public async Task JSON_over_several_lines_is_one_error_that_says_how_to_convert_it(string text)
    {
        CliRun run = await Run(Encoding.UTF8.GetBytes(text));
        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.Contains("jq -c", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_requests_are_one_error_that_names_the_compression()
    {
        CliRun run = await Run([0x1F, 0x8B, 8, 0, 0, 10, 10, 10]);
        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.Contains("gzip", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("instruction", "")]
    [InlineData("instruction", " \t")]
    [InlineData("instruction", "[qa]")]
    [InlineData("instruction", "[qa] ")]
    [InlineData("prompt", "")]
    public async Task A_request_that_asks_nothing_is_an_error(string member, string text)
    {
        CliRun run = await Run(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new Dictionary<string, object> { ["id"] = 1, ["task"] = "qa", [member] = text })));
        Assert.Contains($"'{member}' is '{text}', so there is nothing to ask", ErrorOf(Assert.Single(Lines(run))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"temperature\": 0.5", "'temperature' has no effect")]
    [InlineData("\"top_k\": 3, \"do_sample\": false", "'top_k' has no effect")]
    [InlineData("\"seed\": 3", "'seed' has no effect")]
    [InlineData("\"length_penalty\": 2", "'length_penalty' has no effect")]
    [InlineData("\"choices\": [\"a\", \"a\"]", "twice")]
    public async Task A_member_that_would_be_dropped_in_silence_is_an_error(string members, string expected)
    {
        CliRun run = await Run(Encoding.UTF8.GetBytes("{\"id\": 1, \"task\": \"qa\", \"instruction\": \"q\", " + members + "}"));
        Assert.Contains(expected, ErrorOf(Assert.Single(Lines(run))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_that_say_what_holds_anyway_do_no_harm()
    {
        const string Members = ", \"do_sample\": false, \"temperature\": 1.0, \"top_p\": 0.9, \"top_k\": 50, \"seed\": 0, \"length_penalty\": 1}";
        AssertAnswered(await Run(Encoding.UTF8.GetBytes(One.Replace("}", Members, StringComparison.Ordinal))), 1);
    }

    private static async Task<CliRun> Run(byte[] requests)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new MemoryStream(requests);
        int exitCode = await UnimedCommandLine.InvokeAsync(["run", "--input", "-", "--output", "-"], new CommandConsole(output, error, input), TestContext.Current.CancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    private static void AssertAnswered(CliRun run, params int[] ids)
    {
        Assert.Equal(ExitCode.Success, run.ExitCode);
        JsonElement[] lines = Lines(run);
        Assert.Equal(ids, lines.Select(line => line.GetProperty("id").GetInt32()));
        Assert.All(lines, line => Assert.Equal("white blood cell", line.GetProperty("text").GetString()));
    }

    private static JsonElement[] Lines(CliRun run) =>
        [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string ErrorOf(JsonElement line) => line.GetProperty("error").GetProperty("message").GetString()!;
}
