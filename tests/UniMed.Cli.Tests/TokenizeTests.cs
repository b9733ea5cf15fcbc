using System.Text.Json;
using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

public sealed class TokenizeTests
{
    private static readonly string Vocabulary = Golden.Path("nano-source", "llama-nano", "tokenizer.model");

    private static int[] Ids(JsonElement element) => [.. element.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    [Fact]
    public async Task A_text_is_shown_as_pieces_and_ids()
    {
        CliRun run = await CliRun.Of("tokenize", "eee", "--tokenizer", Vocabulary);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal("", run.Error);
        string[] rows = [.. run.Output.Split('\n').Where(line => line.Contains('\u2502', StringComparison.Ordinal))];
        Assert.Equal(["id", "piece"], rows[0].Split('\u2502', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith($"{rows.Length - 1} tokens\n", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_ids_without_the_begin_token_and_their_pieces()
    {
        CliRun run = await CliRun.Of("tokenize", "x <s> y", "--json", "--tokenizer", Path.GetDirectoryName(Vocabulary)!);
        Assert.Equal(["text", "ids", "pieces", "decoded"], CliRun.Members(run.Json));
        Assert.Equal([963, 1006, 1, 362], Ids(run.Json));
        Assert.Equal(["\u2581", "x", "<s>", "\u2581y"], run.Json.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()));
        Assert.Equal("x y", run.Json.GetProperty("decoded").GetString());
    }

    [Fact]
    public async Task The_bundled_model_s_tokenizer_is_the_default_and_model_names_another()
    {
        CliRun bundled = await CliRun.Of("tokenize", "where is it?", "--json");
        Assert.Equal(Ids(bundled.Json), Ids((await CliRun.Of("tokenize", "where is it?", "--json", "--model", Golden.NanoModel)).Json));
        Assert.Equal(Ids(bundled.Json), Ids((await CliRun.Of("tokenize", "where is it?", "--json", "--tokenizer", Vocabulary)).Json));
    }

    [Fact]
    public async Task Control_characters_in_a_text_do_not_reach_the_terminal()
    {
        CliRun run = await CliRun.Of("tokenize", "a\u001b[31mb\u0007", "--tokenizer", Vocabulary);
        Assert.DoesNotContain(run.Output, character => char.IsControl(character) && character is not ('\n' or '\r'));
    }

    [Fact]
    public async Task Each_line_of_a_file_becomes_its_ids_or_an_error_and_the_rest_go_on()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("texts.jsonl", """{"text": "x <s> y"}""", "", """{"id": "b", "text": ""}""", "nothing", """{"id": 3, "text": 4}""", """{"text": "a", "task": "qa"}""", "[]", "{}", """{"text": "\ud800"}""");
        string output = folder.File("ids.jsonl");

        CliRun run = await CliRun.Of("tokenize", "--input", input, "--output", output);

        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
        Assert.Contains("2 tokenized (4 tokens), 6 failed", run.Error, StringComparison.Ordinal);
        JsonElement[] lines = [.. (await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken)).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(8, lines.Length);
        Assert.Equal(["ids", "decoded"], CliRun.Members(lines[0]));
        Assert.Equal([963, 1006, 1, 362], Ids(lines[0]));
        Assert.Equal("x y", lines[0].GetProperty("decoded").GetString());
        Assert.Equal("""{"id":"b","ids":[],"decoded":""}""", lines[1].GetRawText());
        Error(2, "null", "invalid_json", "line 4");
        Error(3, "3", "invalid_request", "'text' must be a text");
        Error(4, "null", "invalid_request", "'task' is unknown");
        Error(5, "null", "invalid_json", "not an object");
        Error(6, "null", "invalid_request", "'text' is missing");
        Error(7, "null", "invalid_request", "Unicode");

        void Error(int at, string id, string type, string message)
        {
            Assert.Equal(["id", "error"], CliRun.Members(lines[at]));
            Assert.Equal(id, lines[at].GetProperty("id").GetRawText());
            Assert.Equal(type, lines[at].GetProperty("error").GetProperty("type").GetString());
            Assert.Contains(message, lines[at].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Standard_streams_are_read_and_written()
    {
        CliRun run = await CliRun.Of("{\"text\": \"x\"}\n{\"text\": \"y\"}", ["tokenize", "--input", "-", "--output", "-", "--tokenizer", Vocabulary], TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal("{\"ids\":[963,1006],\"decoded\":\"x\"}\n{\"ids\":[362],\"decoded\":\"y\"}\n", run.Output);
    }

    [Fact]
    public async Task A_file_of_ids_beside_the_tokenizer_is_replaced_and_the_tokenizer_is_not()
    {
        using var folder = new TemporaryFolder();
        string vocabulary = folder.File("tokenizer.model");
        File.Copy(Vocabulary, vocabulary);
        File.WriteAllText(folder.File("texts.jsonl"), "{\"text\": \"x\"}\n");
        string ids = folder.File("ids.jsonl");
        for (int run = 0; run < 2; run++)
            Assert.Equal(ExitCode.Success, (await CliRun.Of("tokenize", "--input", folder.File("texts.jsonl"), "--output", ids, "--tokenizer", vocabulary)).ExitCode);
        Assert.Single(File.ReadLines(ids));

        CliRun over = await CliRun.Of("tokenize", "--input", folder.File("texts.jsonl"), "--output", vocabulary, "--tokenizer", vocabulary);
        Assert.Equal(ExitCode.Usage, over.ExitCode);
        Assert.Equal(File.ReadAllBytes(Vocabulary), File.ReadAllBytes(vocabulary));
    }

    [Fact]
    public async Task Json_beside_files_is_the_summary()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("texts.jsonl", """{"text": "x"}""");
        CliRun run = await CliRun.Of("tokenize", "--input", input, "--output", folder.File("ids.jsonl"), "--json");
        Assert.Equal(["tokenized", "failed", "tokens", "output"], CliRun.Members(run.Json));
        Assert.Equal(2, run.Json.GetProperty("tokens").GetInt64());
    }

    [Theory]
    [InlineData("nothing to tokenize")]
    [InlineData("Both a TEXT and a file", "x", "--input", "-", "--output", "-")]
    [InlineData("one of them is missing", "--input", "-")]
    [InlineData("one of them is missing", "--output", "-")]
    [InlineData("one of them is empty", "--input", "", "--output", "-")]
    [InlineData("would both write", "--input", "-", "--output", "-", "--json")]
    [InlineData("are the same file", "--input", "a.jsonl", "--output", "./a.jsonl")]
    [InlineData("--model and --tokenizer", "x", "--model", "a", "--tokenizer", "b")]
    [InlineData("--tokenizer is empty", "x", "--tokenizer", "")]
    public async Task Arguments_that_make_no_sense_together_are_wrong_usage(string expected, params string[] args)
    {
        CliRun run = await CliRun.Of(["tokenize", .. args]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_tokenizer_or_input_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        CliRun tokenizer = await CliRun.Of("tokenize", "x", "--tokenizer", folder.File("absent.model"));
        Assert.Equal(ExitCode.Failed, tokenizer.ExitCode);
        Assert.Contains("absent.model", tokenizer.Error, StringComparison.Ordinal);
        CliRun input = await CliRun.Of("tokenize", "--input", folder.File("absent.jsonl"), "--output", "-");
        Assert.Equal(ExitCode.Failed, input.ExitCode);
        Assert.Contains("absent.jsonl", input.Error, StringComparison.Ordinal);
    }
}
