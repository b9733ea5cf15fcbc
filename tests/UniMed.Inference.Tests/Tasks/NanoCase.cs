using System.Text.Json;

namespace UniMed.Tests.Tasks;

/// <summary>A golden case of the whole small model: the prompt, its token ids, and the answer in ids and text.</summary>
internal sealed record NanoCase(string Prompt, string Task, int[][] Segments, int[] OutputIds, string Text, string Instruction, string? Image)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly JsonDocument File = JsonDocument.Parse(System.IO.File.ReadAllText(Golden.Path("nano", "cases.json")));

    public static NanoCase[] All { get; } = File.RootElement.GetProperty("cases").Deserialize<NanoCase[]>(SnakeCase)!;

    public static string PromptWithTwoImages { get; } = File.RootElement.GetProperty("pair").GetProperty("prompt").GetString()!;
}
