using UniMed.Tests;

namespace UniMed.Architecture.Tests;

/// <summary>The source files of a project as they lie on the disk.</summary>
internal static class SourceTree
{
    /// <summary>Its C# files, from its folder on, with slashes.</summary>
    /// <param name="folder">Its folder in the repository.</param>
    public static IReadOnlyList<string> FilesOf(string folder)
    {
        string root = Path.Combine(Golden.Root, folder);
        return
        [
            .. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
                .Where(file => !file.Split('/').Any(part => part is "bin" or "obj")),
        ];
    }

    /// <summary>Files that lie in no room, and rooms without a file.</summary>
    public static IReadOnlyList<string> FaultsOf(RoomTable table, IReadOnlyList<string> files) =>
    [
        .. files.Where(file => table.RoomOf(file) is null)
            .Select(file => $"{table.Folder}/{file} lies in no room: give its folder a line of the table."),
        .. table.Rooms.Where(room => !files.Any(file => table.RoomOf(file) == room))
            .Select(room => $"{room.Name} is no folder of {table.Folder} with source in it."),
    ];
}
