using System.Text.Json.Nodes;

namespace UniMed.Packages.Tests;

/// <summary>What the authors' code answers about the golden slices with the bundled model.</summary>
internal static class GoldenCases
{
    public const string Question = "What modality is used to take this image?";
    public const string Phrase = "left hippocampus";

    private static readonly JsonArray All = (JsonArray)JsonNode.Parse(File.ReadAllBytes(Golden.Path("nano", "cases.json")))!["cases"]!;

    /// <summary>The slice that question and phrase are about.</summary>
    public static string Slice { get; } = Golden.Path("nano", "images", "mri_sagittal_073.png");

    /// <summary>The answer to the question.</summary>
    public static string Answer { get; } = About("vqa", Question);

    /// <summary>Where the phrase is.</summary>
    public static string Place { get; } = About("refer", Phrase);

    /// <summary>The texts of all cases.</summary>
    public static string[] Texts { get; } = [.. All.Select(golden => (string)golden!["text"]!)];

    /// <summary>Writes all cases as requests of "unimed run".</summary>
    public static void WriteRequests(string path) => File.WriteAllLines(path, All.Select((golden, i) => Request(golden!, i).ToJsonString()));

    /// <summary>The texts of a file of answers, by the numbers of their cases.</summary>
    public static string[] ReadAnswers(string path) =>
        [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!).OrderBy(answer => (int)answer["id"]!).Select(answer => (string)answer["text"]!)];

    private static string About(string task, string asked) => (string)All.Single(golden =>
        (string?)golden!["image"] == "images/mri_sagittal_073.png" && (string)golden["task"]! == task && ((string)golden["instruction"]!).EndsWith(asked, StringComparison.Ordinal))!["text"]!;

    private static JsonObject Request(JsonNode golden, int number)
    {
        var request = new JsonObject { ["id"] = number, ["task"] = golden["task"]!.DeepClone(), ["prompt"] = golden["prompt"]!.DeepClone(), ["max_new_tokens"] = 60 };
        if (golden["image"] is { } image)
            request["image"] = Golden.Path("nano", (string)image!);
        foreach ((string option, JsonNode? value) in (JsonObject)golden["generation"]!)
            request[option] = value!.DeepClone();
        return request;
    }
}
