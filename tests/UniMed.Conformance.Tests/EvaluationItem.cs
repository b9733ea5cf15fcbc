using System.Text.Json;
using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>One line of golden/evaluation/eval.jsonl.</summary>
internal sealed record EvaluationItem(string Id, UniMedTask Task, string? Image, int Width, int Height, string Instruction, string Answer, int[]? Box, string ReferenceAnswer)
{
    /// <summary>All items, in the order of the file: six tasks of one slice follow each other.</summary>
    public static EvaluationItem[] ReadAll() => [.. File.ReadLines(Golden.Path("evaluation", "eval.jsonl")).Select(Parse)];

    private static EvaluationItem Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement item = document.RootElement;
        Assert.True(UniMedTasks.TryParse(item.GetProperty("task").GetString()!, out UniMedTask task));
        JsonElement box = item.GetProperty("box");
        return new EvaluationItem(
            item.GetProperty("id").GetString()!,
            task,
            item.GetProperty("image").GetString(),
            item.GetProperty("width").GetInt32(),
            item.GetProperty("height").GetInt32(),
            item.GetProperty("instruction").GetString()!,
            item.GetProperty("answer").GetString()!,
            box.ValueKind == JsonValueKind.Null ? null : [.. box.EnumerateArray().Select(number => number.GetInt32())],
            item.GetProperty("reference_answer").GetString()!);
    }
}
