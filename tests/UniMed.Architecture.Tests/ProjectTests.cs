using UniMed.Tests;
using Xunit;

namespace UniMed.Architecture.Tests;

/// <summary>Projects refer to one another in one direction, and only some see another's inner parts.</summary>
public class ProjectTests
{
    private const string Shown = "assembly: InternalsVisibleTo";

    [Fact]
    public void Every_project_is_in_both_tables()
    {
        string[] names = [.. ProjectFile.All.Select(project => project.Name).Order(StringComparer.Ordinal)];
        foreach (RoomTable table in new[] { Rooms.Projects, Rooms.InnerParts })
            Assert.Equal(names, table.Rooms.Select(room => room.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_project_refers_to_exactly_what_the_table_says() => Faults.None(
    [
        .. ProjectFile.All.SelectMany(project =>
            Differences(Rooms.Projects, project.Name, "refers to", project.References)),
    ]);

    [Fact]
    public void No_project_refers_to_one_that_refers_to_it() => Faults.None(RoomCheck.Cycles(Rooms.Projects));

    /// <summary>The command line and hosts are users like any other: what they need is public.</summary>
    [Fact]
    public void A_project_shows_its_inner_parts_to_exactly_those_the_table_names()
    {
        Dictionary<string, string> names =
            ProjectFile.All.ToDictionary(project => project.Assembly, project => project.Name);
        Faults.None(
        [
            .. ProjectFile.All.SelectMany(project => Differences(
                Rooms.InnerParts,
                project.Name,
                "shows its inner parts to",
                [.. project.Friends.Select(names.GetValueOrDefault).OfType<string>()])),
        ]);
    }

    /// <summary>An attribute in a source file would show inner parts past the project files.</summary>
    [Theory]
    [InlineData("src")]
    [InlineData("weights-converter")]
    public void Inner_parts_are_shown_in_project_files_alone(string folder) => Faults.None(
    [
        .. SourceTree.FilesOf(folder)
            .Where(file => File.ReadLines(Path.Combine(Golden.Root, folder, file))
                .Any(line => line.Contains(Shown, StringComparison.Ordinal)))
            .Select(file => $"{folder}/{file} shows inner parts: let the project file do it."),
    ]);

    private static string[] Differences(RoomTable table, string name, string verb, IReadOnlyList<string> actual)
    {
        string[] expected = table.Rooms.Single(room => room.Name == name).Knows;
        return
        [
            .. actual.Except(expected).Select(other => $"{name} {verb} {other}, which the table does not allow."),
            .. expected.Except(actual).Select(other => $"{name} no longer {verb} {other}: take it out of the table."),
        ];
    }
}
