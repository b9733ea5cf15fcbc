using System.Text.Json;

namespace UniMed.Tests.Tasks;

/// <summary>One question of the bundled evaluation set; the box is [x, y, w, h] in pixels.</summary>
internal sealed record EvaluationItem(string Task, int Width, int Height, string Instruction, string Answer, double[]? Box)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static EvaluationItem[] All { get; } =
        [.. File.ReadLines(Golden.Path("evaluation", "eval.jsonl")).Select(line => JsonSerializer.Deserialize<EvaluationItem>(line, SnakeCase)!)];
}
