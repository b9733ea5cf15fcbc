using System.Text.Json;
using System.Text.Json.Nodes;
using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

/// <summary>A request file made from the cases that the authors' own code computed.</summary>
public sealed class RunGoldenTests
{
    private const int MaxNewTokens = 60;

    [Theory]
    [InlineData("instruction", "1")]
    [InlineData("prompt", "8")]
    public async Task Every_text_and_every_token_equals_the_golden_one(string form, string batch)
    {
        using var folder = new TemporaryFolder();
        JsonElement[] cases = [.. Cases().GetProperty("cases").EnumerateArray()];
        string requests = folder.Write("requests.jsonl", [.. cases.Select((golden, i) => Request(golden, i, form))]);
        string answers = folder.File("answers.jsonl");

        CliRun run = await CliRun.Of("run", "--input", requests, "--output", answers, "--concurrency", batch, "--max-new-tokens", $"{MaxNewTokens}");

        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Output));
        Assert.Contains($"{cases.Length} answered, 0 failed", run.Error, StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(answers, TestContext.Current.CancellationToken);
        Assert.Equal(cases.Length, lines.Length);
        for (int i = 0; i < cases.Length; i++)
        {
            JsonElement answer = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(i, answer.GetProperty("id").GetInt32());
            Assert.Equal(cases[i].GetProperty("text").GetString(), answer.GetProperty("text").GetString());
            Assert.Equal(
                cases[i].GetProperty("output_ids").EnumerateArray().Skip(1).Select(id => id.GetInt32()),
                answer.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()));
        }
    }

    [Fact]
    public async Task Two_images_in_one_prompt_give_the_golden_text()
    {
        using var folder = new TemporaryFolder();
        JsonElement pair = Cases().GetProperty("pair");
        var images = new JsonArray([.. pair.GetProperty("images").EnumerateArray().Select(image => (JsonNode)Golden.Path("nano", image.GetString()!))]);
        string requests = folder.Write(
            "requests.jsonl",
            new JsonObject { ["id"] = "prompt", ["task"] = "vqa", ["images"] = images, ["prompt"] = pair.GetProperty("prompt").GetString() }.ToJsonString(),
            new JsonObject { ["id"] = "instruction", ["task"] = "vqa", ["images"] = images.DeepClone(), ["instruction"] = "[vqa] Which plane is this MRI slice in?" }.ToJsonString());

        CliRun run = await CliRun.Of("run", "--input", requests, "--output", "-");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.All(lines, line => Assert.Equal(pair.GetProperty("text").GetString(), JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()));
        Assert.Equal(2, lines.Length);
    }

    private static JsonElement Cases() => JsonDocument.Parse(File.ReadAllBytes(Golden.Path("nano", "cases.json"))).RootElement;

    private static string Request(JsonElement golden, int id, string form)
    {
        // The authors' code answers an empty instruction, which a request file may only ask for as a whole prompt.
        if (golden.GetProperty("instruction").GetString()!.Length == 0)
            form = "prompt";
        var request = new JsonObject { ["id"] = id, ["task"] = golden.GetProperty("task").GetString(), [form] = golden.GetProperty(form).GetString() };
        if (golden.TryGetProperty("image", out JsonElement image) && image.ValueKind == JsonValueKind.String)
            request["image"] = Golden.Path("nano", image.GetString()!);
        foreach (JsonProperty option in golden.GetProperty("generation").EnumerateObject())
            request[option.Name] = JsonNode.Parse(option.Value.GetRawText());
        return request.ToJsonString();
    }
}
