namespace UniMed.Architecture.Tests;

/// <summary>A room, and the rooms it may know; it knows itself.</summary>
/// <param name="Name">Its folder, or <see cref="Root"/>. Folders in it belong to it unless they are rooms.</param>
/// <param name="Knows">Names of other rooms of its table.</param>
internal sealed record Room(string Name, params string[] Knows)
{
    /// <summary>The files that lie in no folder.</summary>
    public const string Root = "(root)";
}
