namespace UniMed.Inference.Scheduling;

/// <summary>What is kept of an image: its features, or its visual tokens for a task.</summary>
/// <param name="ContentHash">The picture.</param>
/// <param name="Task">Null for the features.</param>
internal readonly record struct VisualKey(string ContentHash, UniMedTask? Task);
