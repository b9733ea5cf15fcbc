namespace UniMed.Inference.Scheduling;

/// <summary>A label that has rows in a pass.</summary>
/// <param name="Job">The request.</param>
/// <param name="Label">Its label.</param>
/// <param name="Rows">Rows of it.</param>
internal sealed record LabelInPass(EngineJob Job, int Label, int Rows);
