using UniMed.Inference;
using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.Architecture.Tests;

/// <summary>The rooms of docs/architecture.md: who may know whom stands in <see cref="Rooms"/>.</summary>
public class RoomTests
{
    private static readonly Lazy<IReadOnlyList<SourceType>> NativeTypes =
        new(() => TypeReader.Read(typeof(Device).Assembly.Location, Rooms.Native.Folder));

    private static readonly Lazy<IReadOnlyList<SourceType>> InferenceTypes =
        new(() => TypeReader.Read(typeof(UniMedModel).Assembly.Location, Rooms.Inference.Folder));

    private static readonly Lazy<IReadOnlyList<SourceType>> PtxMachineTypes =
        new(() => TypeReader.Read(Path.Combine(AppContext.BaseDirectory, "UniMed.PtxMachine.dll"), Rooms.PtxMachine.Folder));

    public static TheoryData<string> Layered => [Rooms.Native.Folder, Rooms.Inference.Folder, Rooms.PtxMachine.Folder];

    [Theory]
    [MemberData(nameof(Layered))]
    public void Every_type_lies_in_one_room(string folder) =>
        Faults.None(RoomCheck.Homeless(Table(folder), Types(folder)));

    [Theory]
    [MemberData(nameof(Layered))]
    public void Every_source_file_is_that_of_a_type(string folder) => Faults.None(
    [
        .. SourceTree.FilesOf(folder).Except(Types(folder).SelectMany(type => type.Files))
            .Select(file => $"{folder}/{file}: no type was read from it."),
    ]);

    [Theory]
    [MemberData(nameof(Layered))]
    public void A_room_knows_only_what_the_table_allows(string folder) =>
        Faults.None(RoomCheck.Forbidden(Table(folder), Types(folder)));

    [Theory]
    [MemberData(nameof(Layered))]
    public void What_the_table_allows_is_needed(string folder) =>
        Faults.None(RoomCheck.Unused(Table(folder), Types(folder)));

    [Theory]
    [MemberData(nameof(Layered))]
    public void No_room_knows_one_that_knows_it(string folder) => Faults.None(RoomCheck.Cycles(Table(folder)));

    [Theory]
    [MemberData(nameof(Layered))]
    public void Every_folder_with_source_is_a_room_or_in_one(string folder) =>
        Faults.None(SourceTree.FaultsOf(Table(folder), SourceTree.FilesOf(folder)));

    /// <summary>What callers name is UniMed.Inference wherever it lies; UniMed.Native's rooms are no namespaces.</summary>
    [Fact]
    public void An_inner_type_of_the_model_has_the_namespace_of_its_folder() =>
        Faults.None(RoomCheck.Misnamed(Rooms.Inference, InferenceTypes.Value));

    [Fact]
    public void The_page_names_every_room_and_no_folder_that_is_not_there()
    {
        string page = File.ReadAllText(Path.Combine(Golden.Root, "docs", "architecture.md"));
        Faults.None(RoomsBlock.FaultsOf(
            RoomsBlock.Read(page),
            [Rooms.Native, Rooms.Inference],
            path => Directory.Exists(Path.Combine(Golden.Root, path))));
    }

    private static RoomTable Table(string folder) =>
        new[] { Rooms.Native, Rooms.Inference, Rooms.PtxMachine }.Single(table => table.Folder == folder);

    private static IReadOnlyList<SourceType> Types(string folder) =>
        folder == Rooms.Native.Folder ? NativeTypes.Value
        : folder == Rooms.Inference.Folder ? InferenceTypes.Value
        : PtxMachineTypes.Value;
}
