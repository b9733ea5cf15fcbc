using Microsoft.Extensions.AI;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>The task that a chat's options name.</summary>
/// <param name="Task">The task.</param>
/// <param name="Categories">Of cls.</param>
/// <param name="Box">Of identify.</param>
internal sealed record ChatTask(UniMedTask Task, IReadOnlyList<string>? Categories, PercentBox? Box)
{
    public const string TaskProperty = "unimed.task";
    public const string CategoriesProperty = "unimed.categories";
    public const string BoxProperty = "unimed.box";

    /// <summary>Reads the additional properties; null when they name no task.</summary>
    /// <exception cref="UniMedException">A property is not known, or its value is not of its kind.</exception>
    public static ChatTask? Read(ChatOptions? options)
    {
        if (options?.AdditionalProperties is not { Count: > 0 } properties)
            return null;
        string[] unknown = [.. properties.Keys.Where(key => key is not (TaskProperty or CategoriesProperty or BoxProperty)).Select(key => $"'{key}'")];
        if (unknown.Length > 0)
            throw Refused($"holds {string.Join(", ", unknown)}; Uni-Med knows none of it. Leave it out.");
        UniMedTask task = properties.GetValueOrDefault(TaskProperty) switch
        {
            UniMedTask given => given,
            string name when UniMedTasks.TryParse(name, out UniMedTask named) => named,
            _ => throw Refused($"must name the task in '{TaskProperty}': {string.Join(", ", UniMedTasks.All.Select(each => each.Name()))}. Use WithUniMedTask."),
        };
        var categories = properties.GetValueOrDefault(CategoriesProperty) as IReadOnlyList<string>;
        var box = properties.GetValueOrDefault(BoxProperty) as PercentBox?;
        if (categories is not null != (task == UniMedTask.Cls) || properties.ContainsKey(CategoriesProperty) != (categories is not null))
            throw Refused($"must hold a list of texts in '{CategoriesProperty}' for the task cls, and for no other. Use WithUniMedCategories.");
        if (box is not null != (task == UniMedTask.Identify) || properties.ContainsKey(BoxProperty) != (box is not null))
            throw Refused($"must hold a {nameof(PercentBox)} in '{BoxProperty}' for the task identify, and for no other. Use WithUniMedBox.");
        return new ChatTask(task, categories, box);
    }

    private static UniMedException Refused(string what) => new(UniMedFailure.InvalidInput, $"ChatOptions.AdditionalProperties {what}");
}
