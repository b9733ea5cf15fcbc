using System.Text.Json.Serialization;
using UniMed.Inference;

namespace UniMed.Cli.Demo;

/// <summary>A question of the demo with its answer.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Image">The slice's file; null for qa.</param>
/// <param name="Asked">What was asked.</param>
/// <param name="Answer">The model's answer.</param>
/// <param name="Truth">The true answer; for a box its percent.</param>
/// <param name="Overlap">refer: intersection over union of the answer's box and the true one; null without a box.</param>
/// <param name="Milliseconds">Wall-clock time of the answer; the first question about a slice pays for looking at it.</param>
/// <param name="Picture">The annotated picture; null where there is no box.</param>
internal sealed record DemoRow(
    string Task, string? Image, string Asked, string Answer, string? Truth, double? Overlap, double Milliseconds, string? Picture)
{
    /// <summary>Whether the answer is the true one; for a box, whether more than half overlaps. Null where there is no truth.</summary>
    public bool? IsRight => Truth is null
        ? null
        : Overlap is { } overlap ? overlap > 0.5 : AnswerText.ForEvaluation(Answer) == AnswerText.ForEvaluation(Truth);

    /// <summary>What is drawn on the picture.</summary>
    [JsonIgnore]
    public IReadOnlyList<Inference.Annotation> Annotations { get; init; } = [];
}

/// <summary>The demo as JSON.</summary>
/// <param name="Device">The device it ran on.</param>
/// <param name="Output">The folder of the pictures.</param>
/// <param name="Rows">Questions and answers.</param>
internal sealed record DemoRecord(string Device, string Output, IReadOnlyList<DemoRow> Rows);
