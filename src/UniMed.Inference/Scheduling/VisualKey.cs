namespace UniMed.Inference.Scheduling;

/// <summary>What is kept of an image: its features, or its visual tokens for a task.</summary>
/// <param name="ContentHash">The picture.</param>
/// <param name="Task">Null for the features.</param>
/// <remarks>A class that compares itself: dictionaries of it are code that the runtime has compiled already.</remarks>
internal sealed record VisualKey(string ContentHash, UniMedTask? Task)
{
    public bool Equals(VisualKey? other) => other is not null && Task == other.Task && ContentHash == other.ContentHash;

    public override int GetHashCode() => ContentHash.GetHashCode(StringComparison.Ordinal) + (int)(Task ?? (UniMedTask)(-1));
}
