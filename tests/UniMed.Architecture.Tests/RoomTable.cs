namespace UniMed.Architecture.Tests;

/// <summary>Who may know whom among the folders of one project.</summary>
/// <param name="Folder">The project's folder in the repository.</param>
/// <param name="Rooms">Its rooms.</param>
internal sealed record RoomTable(string Folder, params Room[] Rooms)
{
    /// <summary>The room of a file, the innermost where one lies in another; null when it lies in none.</summary>
    /// <param name="file">Its path from the project's folder on.</param>
    public Room? RoomOf(string file) => Rooms
        .Where(room => room.Name == Room.Root
            ? !file.Contains('/', StringComparison.Ordinal)
            : file.StartsWith(room.Name + "/", StringComparison.Ordinal))
        .MaxBy(room => room.Name.Length);
}
