using CsCheck;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests.Tasks;

public class CategoryListTests
{
    private static string[]? Parsed(string instruction) =>
        CategoryList.TryParse(instruction, out IReadOnlyList<string> categories) ? [.. categories] : null;

    [Fact]
    public void Lists_are_written_as_in_the_evaluation()
    {
        Assert.Equal("a, b, or c", CategoryList.Join(["a", "b", "c"]));
        Assert.Equal("a or b", CategoryList.Join(["a", "b"]));
    }

    [Fact]
    public void Categories_are_read_from_the_instructions_of_the_evaluation()
    {
        EvaluationItem item = EvaluationItem.All.First(i => i.Task == "cls");
        string[] expected = ["axial brain MRI", "coronal brain MRI", "sagittal brain MRI", "peripheral blood smear"];
        Assert.Equal(expected, Parsed(item.Instruction));
        Assert.Equal(expected, Parsed(item.Instruction + " "));
        Assert.All(EvaluationItem.All.Where(i => i.Task == "cls"), i => Assert.Contains(i.Answer, Parsed(i.Instruction)!));
    }

    [Theory]
    [InlineData("[cls] Which one is it? x belong to: a or b?", new[] { "a", "b" })]
    [InlineData("[cls] Which category does this image belong to: a, or b?", new[] { "a", "b" })]
    [InlineData("[cls] Which category does this image belong to: a? or b?", new[] { "a?", "b" })]
    [InlineData("[cls] Which category does this image belong to: a or b, c, or d?", new[] { "a or b", "c", "d" })]
    [InlineData("[cls] Which category does this image belong to: or, or or x?", new[] { "or", "or x" })]
    public void Odd_lists_are_read(string instruction, string[] categories) => Assert.Equal(categories, Parsed(instruction));

    [Theory]
    [InlineData("")]
    [InlineData("[cls] what is this?")]
    [InlineData("[cls] Which category does this image belong to: ?")]
    [InlineData("[cls] Which category does this image belong to: a?")]
    [InlineData("[cls] Which category does this image belong to: a, b, or c")]
    [InlineData("[cls] Which category does this image belong to: a, b, c?")]
    [InlineData("[cls] Which category does this image belong to: a, , or c?")]
    [InlineData("[cls] Which category does this image belong to: a, b, or ?")]
    [InlineData("[cls] Which category does this image belong to: a or b or c?")]
    public void What_is_no_list_is_not_read(string instruction) => Assert.Null(Parsed(instruction));

    [Fact]
    public void Lists_without_commas_are_read_back_as_written()
    {
        Gen<string> category = Gen.Char["abor ?-()\u00E9"].Array[1, 12].Select(characters => new string(characters).Trim()).Where(c => c.Length > 0);
        Gen.Select(category.Array[2, 8].Where(categories => categories.Distinct().Count() == categories.Length), category).Sample(
            (categories, subject) =>
            {
                if (categories.Length == 2 && categories.Any(c => $" {c} ".Contains(" or ", StringComparison.Ordinal)))
                    return;
                Assert.Equal(categories, Parsed(Instructions.Cls(subject, categories)));
            },
            iter: 2000);
    }

    [Fact]
    public void Lists_that_give_no_choice_are_refused()
    {
        Assert.Contains("at least two", Assert.Throws<UniMedException>(() => CategoryList.Join(["a"])).Message, StringComparison.Ordinal);
        Assert.Throws<UniMedException>(() => CategoryList.Join([]));
        Assert.Contains("Category 1", Assert.Throws<UniMedException>(() => CategoryList.Join(["a", ""])).Message, StringComparison.Ordinal);
        Assert.Contains("' a'", Assert.Throws<UniMedException>(() => Instructions.Cls("image", [" a", "b"])).Message, StringComparison.Ordinal);
    }
}
