using System.Text.Json;
using UniMed.Inference;

namespace UniMed.GpuBench.Answers;

/// <summary>One case of tests/golden/nano/cases.json.</summary>
/// <param name="Number">Its place.</param>
/// <param name="Prompt">Whole prompt.</param>
/// <param name="Task">Task.</param>
/// <param name="Image">Path of its image, or null.</param>
/// <param name="TokenIds">The authors' answer.</param>
/// <param name="Text">The same as text.</param>
/// <param name="Generation">How it was made.</param>
internal sealed record GoldenCase(int Number, string Prompt, UniMedTask Task, string? Image, int[] TokenIds, string Text, GenerationOptions Generation)
{
    private const int MaxNewTokens = 60;

    /// <summary>Reads all cases.</summary>
    /// <exception cref="UniMedException">The file is missing or not what it should be.</exception>
    public static IReadOnlyList<GoldenCase> ReadAll(string folder)
    {
        string path = Path.Combine(folder, "cases.json");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select((element, number) => Parse(element, number, folder))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"{path}: the golden cases cannot be read: {error.Message} Give the folder tests/golden/nano with --golden.", error);
        }
    }

    private static GoldenCase Parse(JsonElement element, int number, string folder)
    {
        string task = element.GetProperty("task").GetString()!;
        if (!UniMedTasks.TryParse(task, out UniMedTask known))
            throw new UniMedException(UniMedFailure.InvalidInput, $"Golden case {number} has the unknown task '{task}'. cases.json and this program are of different versions.");
        return new GoldenCase(
            number,
            element.GetProperty("prompt").GetString()!,
            known,
            element.TryGetProperty("image", out JsonElement image) && image.ValueKind == JsonValueKind.String ? Path.Combine(folder, image.GetString()!) : null,
            // The authors' ids begin with one begin-of-sequence token; ours are the new tokens alone.
            [.. element.GetProperty("output_ids").EnumerateArray().Skip(1).Select(id => id.GetInt32())],
            element.GetProperty("text").GetString()!,
            Options(element.GetProperty("generation")));
    }

    private static GenerationOptions Options(JsonElement generation)
    {
        var options = new GenerationOptions { MaxNewTokens = MaxNewTokens };
        foreach (JsonProperty property in generation.EnumerateObject())
        {
            options = property.Name switch
            {
                "num_beams" => options with { NumBeams = property.Value.GetInt32() },
                "length_penalty" => options with { LengthPenalty = property.Value.GetDouble() },
                "repetition_penalty" => options with { RepetitionPenalty = property.Value.GetDouble() },
                "min_length" => options with { MinLength = property.Value.GetInt32() },
                _ => throw new UniMedException(UniMedFailure.InvalidInput, $"Golden cases use the generation option '{property.Name}', which this program does not know: they are of different versions."),
            };
        }

        return options;
    }
}
