namespace UniMed.Architecture.Tests;

/// <summary>Holds what types know against a table of rooms. Every method gives a line for each fault.</summary>
internal static class RoomCheck
{
    /// <summary>Types that lie in no room, or in two.</summary>
    public static IReadOnlyList<string> Homeless(RoomTable table, IReadOnlyList<SourceType> types) =>
    [
        .. types.Where(type => RoomsOf(table, type).Length != 1).Select(type => type.Files.Count == 0
            ? $"{type.Name}: the symbols name no file of {table.Folder} for it."
            : $"{type.Name} ({Files(type)}) lies in {RoomsOf(table, type).Length} rooms of the table; a type has one."),
    ];

    /// <summary>Types that callers do not see and whose namespace is not that of their folder.</summary>
    public static IReadOnlyList<string> Misnamed(RoomTable table, IReadOnlyList<SourceType> types) =>
    [
        .. from type in types
           where !type.IsPublic
           from file in type.Files
           let path = $"{Path.GetFileName(table.Folder)}/{file}"
           let expected = path[..path.LastIndexOf('/')].Replace('/', '.')
           where type.Namespace != expected
           select $"{type.Name} lies in {file}: its namespace is to be {expected}.",
    ];

    /// <summary>Types that know what their room may not.</summary>
    public static IReadOnlyList<string> Forbidden(RoomTable table, IReadOnlyList<SourceType> types) =>
    [
        .. from known in Knowledge(table, types)
           where !known.From.Knows.Contains(known.To.Name)
           select $"{known.From.Name} may not know {known.To.Name}: " +
               $"{known.Type.Name} ({Files(known.Type)}) knows {known.Known.Name} ({Files(known.Known)}).",
    ];

    /// <summary>What the table allows and no type needs.</summary>
    public static IReadOnlyList<string> Unused(RoomTable table, IReadOnlyList<SourceType> types)
    {
        HashSet<(string, string)> used = [.. Knowledge(table, types).Select(known => (known.From.Name, known.To.Name))];
        return
        [
            .. from room in table.Rooms
               from name in room.Knows
               where !used.Contains((room.Name, name))
               select $"{room.Name} may know {name}, and no type of it does: take it out of the table.",
        ];
    }

    /// <summary>Names that are no room, and the first way that leads back to where it began.</summary>
    public static IReadOnlyList<string> Cycles(RoomTable table)
    {
        HashSet<string> names = [.. table.Rooms.Select(room => room.Name)];
        string[] unknown =
        [
            .. from room in table.Rooms
               from name in room.Knows
               where !names.Contains(name)
               select $"{room.Name} may know {name}, which is no room.",
        ];
        if (unknown.Length > 0)
            return unknown;

        // Rooms that know nothing but finished ones are finished; what is left when none is found has a cycle in it.
        List<Room> left = [.. table.Rooms];
        while (left.RemoveAll(room => !left.Exists(other => room.Knows.Contains(other.Name))) > 0)
        {
        }

        if (left.Count == 0)
            return [];
        List<Room> way = [left[0]];
        while (true)
        {
            Room next = left.Find(room => way[^1].Knows.Contains(room.Name))!;
            int start = way.IndexOf(next);
            if (start >= 0)
                return [string.Join(" -> ", way[start..].Append(next).Select(room => room.Name))];
            way.Add(next);
        }
    }

    private static IEnumerable<(Room From, SourceType Type, Room To, SourceType Known)> Knowledge(
        RoomTable table, IReadOnlyList<SourceType> types)
    {
        Dictionary<string, SourceType> byName = types.ToDictionary(type => type.Name);
        return
            from type in types
            from room in RoomsOf(table, type)
            from name in type.Knows
            let known = byName[name]
            from other in RoomsOf(table, known)
            where other != room
            select (room, type, other, known);
    }

    private static Room[] RoomsOf(RoomTable table, SourceType type) =>
        [.. type.Files.Select(table.RoomOf).OfType<Room>().Distinct()];

    private static string Files(SourceType type) => string.Join(", ", type.Files);
}
