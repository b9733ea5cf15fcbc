using UniMed.Inference;
using Xunit;

namespace UniMed.Architecture.Tests;

/// <summary>The check itself can fail: each kind of fault is found, and named.</summary>
public class RoomCheckTests
{
    private static readonly RoomTable Small =
        new("src/Small", new("Low"), new("Low/Inner", "Low"), new("High", "Low", "Low/Inner"));

    [Fact]
    public void What_a_real_room_needs_and_the_table_forbids_is_named_with_type_and_file()
    {
        RoomTable strict = Rooms.Inference with
        {
            Rooms = [.. Rooms.Inference.Rooms.Where(room => room.Name != "Vision"), new("Vision", "Weights/Layout")],
        };
        IReadOnlyList<string> faults =
            RoomCheck.Forbidden(strict, TypeReader.Read(typeof(UniMedModel).Assembly.Location, strict.Folder));
        Assert.Contains(
            "Vision may not know Weights: UniMed.Inference.Vision.VisionEncoder (Vision/VisionEncoder.cs) " +
            "knows UniMed.Inference.VisionConfig (Weights/VisionConfig.cs).",
            faults);
        Assert.All(faults, fault => Assert.StartsWith("Vision may not know Weights: ", fault));
    }

    [Fact]
    public void A_room_and_the_room_in_it_are_two()
    {
        SourceType outer = new("Outer", ["Low/Outer.cs"], ["Inner"]);
        SourceType inner = new("Inner", ["Low/Inner/Inner.cs"], ["Outer"]);
        Assert.Equal(
            ["Low may not know Low/Inner: Outer (Low/Outer.cs) knows Inner (Low/Inner/Inner.cs)."],
            RoomCheck.Forbidden(Small, [outer, inner]));
    }

    [Fact]
    public void What_is_allowed_and_not_needed_is_named()
    {
        SourceType low = new("Lower", ["Low/Lower.cs"], []);
        SourceType inner = new("Inner", ["Low/Inner/Inner.cs"], ["Lower"]);
        SourceType high = new("Higher", ["High/Higher.cs"], ["Lower"]);
        Assert.Equal(
            ["High may know Low/Inner, and no type of it does: take it out of the table."],
            RoomCheck.Unused(Small, [low, inner, high]));
    }

    [Fact]
    public void A_cycle_is_shown_from_its_start_to_its_start()
    {
        RoomTable ring =
            new("src/Ring", new("Base"), new("Door", "A"), new("A", "Base", "B"), new("B", "C"), new("C", "A"));
        Assert.Equal(["A -> B -> C -> A"], RoomCheck.Cycles(ring));
        Assert.Empty(RoomCheck.Cycles(Small));
    }

    [Fact]
    public void A_name_that_is_no_room_is_named()
    {
        RoomTable misspelled = new("src/Small", new("Low"), new("High", "Lwo"));
        Assert.Equal(["High may know Lwo, which is no room."], RoomCheck.Cycles(misspelled));
    }

    [Fact]
    public void A_type_without_a_file_or_with_two_rooms_is_named()
    {
        SourceType nowhere = new("Nowhere", [], []);
        SourceType split = new("Split", ["High/Split.cs", "Low/Split.More.cs"], []);
        SourceType outside = new("Outside", ["New/Outside.cs"], []);
        Assert.Equal(
            [
                "Nowhere: the symbols name no file of src/Small for it.",
                "Split (High/Split.cs, Low/Split.More.cs) lies in 2 rooms of the table; a type has one.",
                "Outside (New/Outside.cs) lies in 0 rooms of the table; a type has one.",
            ],
            RoomCheck.Homeless(Small, [nowhere, split, outside]));
    }

    [Fact]
    public void An_inner_type_in_the_namespace_of_another_folder_is_named()
    {
        SourceType right = new("Small.Low.Inner.Right", ["Low/Inner/Right.cs"], []);
        SourceType wrong = new("Small.Low.Wrong", ["High/Wrong.cs"], []);
        Assert.Equal(
            ["Small.Low.Wrong lies in High/Wrong.cs: its namespace is to be Small.High."],
            RoomCheck.Misnamed(Small, [right, wrong, wrong with { IsPublic = true }]));
    }

    [Fact]
    public void A_folder_without_a_room_and_a_room_without_source_are_named() =>
        Assert.Equal(
            [
                "src/Small/New/Type.cs lies in no room: give its folder a line of the table.",
                "High is no folder of src/Small with source in it.",
            ],
            SourceTree.FaultsOf(Small, ["Low/Deep/Type.cs", "Low/Inner/Type.cs", "New/Type.cs"]));

    [Fact]
    public void The_page_is_read_by_its_indentation_and_its_faults_are_named()
    {
        const string Page = """
            ## Rooms

            ```
            src/Small/       what it is
              Low/           low things, in more
                             lines than one: a/b is no folder
                Inner/       inner things
              Wide/ Side/    neighbours
              Facade, Door   types
            ```
            """;
        IReadOnlyList<string> paths = RoomsBlock.Read(Page);
        Assert.Equal(["src/Small", "src/Small/Low", "src/Small/Low/Inner", "src/Small/Wide", "src/Small/Side"], paths);
        Assert.Equal(
            [
                "src/Small/High is a room, and the block does not name it.",
                "The block names src/Small/Wide, and there is no such folder.",
            ],
            RoomsBlock.FaultsOf(paths, [Small], path => path != "src/Small/Wide"));
    }
}
