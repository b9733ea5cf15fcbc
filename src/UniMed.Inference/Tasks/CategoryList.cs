namespace UniMed.Inference;

/// <summary>
/// The list of categories in a classification instruction: "a, b, or c" (the evaluation's form), or "a or b". Reading is the inverse of writing
/// for categories without a comma, and, where there are only two, without the word "or". Thread-safe.
/// </summary>
public static class CategoryList
{
    private const string Introduction = " belong to: ";
    private const string Separator = ", ";
    private const string LastOfTwo = " or ";
    private const string LastOfMany = "or ";

    /// <summary>Writes the list as it stands in an instruction, without the question mark.</summary>
    /// <exception cref="UniMedException">Fewer than two categories, two equal ones, an empty one, or one with white space around it.</exception>
    public static string Join(IReadOnlyList<string> categories)
    {
        ArgumentNullException.ThrowIfNull(categories);
        if (categories.Count < 2)
        {
            throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"Classification needs at least two categories to choose from; {categories.Count} given. Name the alternatives.");
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < categories.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(categories[i]) || categories[i].Trim().Length != categories[i].Length)
            {
                throw new UniMedException(
                    UniMedFailure.InvalidInput,
                    $"Category {i} is {(categories[i] is { } text ? $"'{text}'" : "null")}. A category is a text without white space around it; correct or remove it.");
            }

            // Each would have half of what the model gives the one.
            if (!places.TryAdd(categories[i], i))
                throw new UniMedException(UniMedFailure.InvalidInput, $"Categories {places[categories[i]]} and {i} are both '{categories[i]}'. Give each category once.");
        }

        return categories.Count == 2
            ? categories[0] + LastOfTwo + categories[1]
            : string.Join(Separator, categories.SkipLast(1)) + Separator + LastOfMany + categories[^1];
    }

    /// <summary>Reads the categories out of a classification instruction, such as <see cref="Instructions.Cls"/> makes.</summary>
    /// <param name="instruction">The whole instruction; white space after the question mark does not matter.</param>
    /// <param name="categories">Two or more categories, or an empty list.</param>
    /// <returns>False if the instruction does not end in "belong to: ...?" with such a list.</returns>
    public static bool TryParse(string instruction, out IReadOnlyList<string> categories)
    {
        ArgumentNullException.ThrowIfNull(instruction);
        categories = [];
        string asked = instruction.TrimEnd();
        int introduction = asked.LastIndexOf(Introduction, StringComparison.Ordinal);
        if (introduction < 0 || !asked.EndsWith('?'))
            return false;

        string list = asked[(introduction + Introduction.Length)..^1];
        string[] found = list.Split(Separator);
        if (found.Length == 1)
        {
            found = list.Split(LastOfTwo);
            if (found.Length != 2)
                return false;
        }
        else if (found[^1].StartsWith(LastOfMany, StringComparison.Ordinal))
        {
            found[^1] = found[^1][LastOfMany.Length..];
        }
        else
        {
            return false;
        }

        if (found.Any(string.IsNullOrWhiteSpace))
            return false;
        categories = found;
        return true;
    }
}
