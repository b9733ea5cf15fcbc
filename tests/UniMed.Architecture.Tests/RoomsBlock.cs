using System.Text.RegularExpressions;

namespace UniMed.Architecture.Tests;

/// <summary>
/// The folders that the block of rooms in docs/architecture.md names, each two spaces further in than the one around it.
/// </summary>
internal static partial class RoomsBlock
{
    /// <summary>The paths, in order.</summary>
    /// <param name="page">The whole page.</param>
    public static IReadOnlyList<string> Read(string page)
    {
        string[] lines = page.ReplaceLineEndings("\n").Split('\n');
        int heading = Array.IndexOf(lines, "## Rooms");
        IEnumerable<string> block = lines.Skip(heading + 1)
            .SkipWhile(line => !IsFence(line)).Skip(1).TakeWhile(line => !IsFence(line));
        var paths = new List<string>();
        var above = new List<string>();
        foreach (Match line in block.Select(line => Folders().Match(line)).Where(match => match.Success))
        {
            int depth = line.Groups["indent"].Length / 2;
            above.RemoveRange(depth, above.Count - depth);
            // Several on one line are neighbours; what is further in lies in the last of them.
            string[] names = [.. line.Groups["folder"].Captures.Select(folder => folder.Value)];
            paths.AddRange(names.Select(name => string.Join('/', above.Append(name))));
            above.Add(names[^1]);
        }

        return paths;
    }

    /// <summary>Rooms that the block does not name, and folders it names that are not there.</summary>
    /// <param name="paths">What it names.</param>
    /// <param name="tables">The rooms.</param>
    /// <param name="exists">Whether there is such a folder.</param>
    public static IReadOnlyList<string> FaultsOf(
        IReadOnlyList<string> paths, IReadOnlyList<RoomTable> tables, Func<string, bool> exists)
    {
        IEnumerable<string> rooms =
            from table in tables
            from room in table.Rooms
            select room.Name == Room.Root ? table.Folder : $"{table.Folder}/{room.Name}";
        return
        [
            .. rooms.Except(paths).Select(path => $"{path} is a room, and the block does not name it."),
            .. paths.Where(path => !exists(path))
                .Select(path => $"The block names {path}, and there is no such folder."),
        ];
    }

    private static bool IsFence(string line) => line.StartsWith("```", StringComparison.Ordinal);

    // Names end with a slash, one space lies between neighbours, two in front of what is said about them. Lines that go
    // on stand further in than any folder.
    [GeneratedRegex(@"^(?<indent>(?:  ){0,4})(?<folder>[\w./-]*[\w.-])/(?: (?<folder>[\w./-]*[\w.-])/)*(?:  .*)?$")]
    private static partial Regex Folders();
}
