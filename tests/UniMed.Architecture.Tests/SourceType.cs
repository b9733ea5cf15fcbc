namespace UniMed.Architecture.Tests;

/// <summary>A type of an assembly, where its source is, and the types of the same assembly that it knows.</summary>
/// <param name="Name">The outermost type's name, such as "UniMed.Inference.Study".</param>
/// <param name="Files">Its files from the project's folder on: "Vision/VisionBlock.cs". Empty where none is found.</param>
/// <param name="Knows">Names of the other types it knows.</param>
internal sealed record SourceType(string Name, IReadOnlyList<string> Files, IReadOnlyList<string> Knows)
{
    /// <summary>Whether callers of the assembly may name it.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Its namespace.</summary>
    public string Namespace => Name[..Name.LastIndexOf('.')];
}
