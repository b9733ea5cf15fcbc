using System.Runtime.CompilerServices;

namespace UniMed.Inference.Messages;

/// <summary>What every public entry asks of what it is given.</summary>
internal static class Argument
{
    /// <summary>A text that says something.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The parameter's name.</param>
    /// <returns>The text as it is.</returns>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    /// <exception cref="UniMedException">It is empty or white space; the message names the parameter.</exception>
    public static string Text(string? text, [CallerArgumentExpression(nameof(text))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(text, name);
        return !string.IsNullOrWhiteSpace(text)
            ? text
            : throw new UniMedException(UniMedFailure.InvalidInput, $"The {name} is {(text.Length == 0 ? "empty" : "nothing but white space")}. Give a text.");
    }

    /// <summary>A list without null.</summary>
    /// <param name="items">The list.</param>
    /// <param name="name">The parameter's name.</param>
    /// <returns>A copy that the caller cannot change.</returns>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    /// <exception cref="ArgumentException">An element is null; the message says which.</exception>
    public static T[] Items<T>(IReadOnlyList<T>? items, [CallerArgumentExpression(nameof(items))] string name = "")
        where T : class
    {
        ArgumentNullException.ThrowIfNull(items, name);
        T[] copy = [.. items];
        int missing = Array.IndexOf(copy, null);
        return missing < 0 ? copy : throw new ArgumentException($"Element {missing} of {name} is null.", name);
    }
}
