namespace UniMed.Cli.Demo;

/// <summary>One question of the demo.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Slice">The slice's file; null for qa.</param>
/// <param name="Ask">The question (vqa, qa) or the structure (refer, identify); null for caption and cls.</param>
/// <param name="Labels">The labels to choose from (cls).</param>
/// <param name="Truth">The true answer; null where it follows from the structure (refer, identify).</param>
internal sealed record DemoQuestion(string Task, string? Slice, string? Ask, IReadOnlyList<string>? Labels, string? Truth);
