using System.Text.Json;
using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>One case of golden/nano/cases.json.</summary>
internal sealed record NanoCase(int Index, string Prompt, UniMedTask Task, string? Image, IReadOnlyList<int[]> Segments, int[] OutputIds, string Text, GenerationOptions Generation)
{
    /// <summary>All cases, in order.</summary>
    public static IReadOnlyList<NanoCase> All { get; } = Read();

    /// <summary>Every n-th case.</summary>
    public static IEnumerable<NanoCase> Every(int n) => All.Where(golden => golden.Index % n == 0);

    /// <summary>The image's path, or null for a text-only case.</summary>
    public string? ImagePath => Image is null ? null : Golden.Path("nano", Image);

    private static NanoCase[] Read()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("nano", "cases.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(Parse)];
    }

    private static NanoCase Parse(JsonElement element, int index)
    {
        Assert.True(UniMedTasks.TryParse(element.GetProperty("task").GetString()!, out UniMedTask task));
        return new NanoCase(
            index,
            element.GetProperty("prompt").GetString()!,
            task,
            element.TryGetProperty("image", out JsonElement image) ? image.GetString() : null,
            [.. element.GetProperty("segments").EnumerateArray().Select(segment => segment.EnumerateArray().Select(id => id.GetInt32()).ToArray())],
            [.. element.GetProperty("output_ids").EnumerateArray().Select(id => id.GetInt32())],
            element.GetProperty("text").GetString()!,
            Options(element.GetProperty("generation")));
    }

    private static GenerationOptions Options(JsonElement generation)
    {
        var options = new GenerationOptions { MaxNewTokens = 60 };
        foreach (JsonProperty property in generation.EnumerateObject())
        {
            options = property.Name switch
            {
                "num_beams" => options with { NumBeams = property.Value.GetInt32() },
                "length_penalty" => options with { LengthPenalty = property.Value.GetDouble() },
                "repetition_penalty" => options with { RepetitionPenalty = property.Value.GetDouble() },
                "min_length" => options with { MinLength = property.Value.GetInt32() },
                _ => throw new InvalidDataException($"cases.json: generation option '{property.Name}' is not known to this test."),
            };
        }

        return options;
    }
}
