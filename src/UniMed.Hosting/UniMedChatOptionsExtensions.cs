using UniMed.Hosting;
using UniMed.Inference;

namespace Microsoft.Extensions.AI;

/// <summary>The task of a chat with Uni-Med, in <see cref="ChatOptions.AdditionalProperties"/>: the message's text is then put into the instruction that the model was trained with.</summary>
/// <example><code>
/// ChatResponse response = await client.GetResponseAsync(message, new ChatOptions().WithUniMedTask(UniMedTask.Refer));
/// var place = (LocateAnswer)response.RawRepresentation!;
/// </code></example>
public static class UniMedChatOptionsExtensions
{
    /// <summary>
    /// Sets the task, instead of one that was set before. The message's text is the question (vqa, qa), the phrase to look for (refer), or another request than the evaluation's (caption; may be left out). cls needs
    /// <see cref="WithUniMedCategories"/>, identify <see cref="WithUniMedBox"/>. All but qa take one image, vqa and caption more.
    /// </summary>
    /// <param name="options">The chat's options, which are changed.</param>
    /// <param name="task">The task.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="UniMedException">There is no such task.</exception>
    public static ChatOptions WithUniMedTask(this ChatOptions options, UniMedTask task)
    {
        ArgumentNullException.ThrowIfNull(options);
        // What another task had is not this one's.
        options.AdditionalProperties?.Remove(ChatTask.CategoriesProperty);
        options.AdditionalProperties?.Remove(ChatTask.BoxProperty);
        return With(options, ChatTask.TaskProperty, task.Name());
    }

    /// <summary>Sets the task cls. The message's text is what is classified; without any it is "medical image".</summary>
    /// <param name="options">The chat's options, which are changed.</param>
    /// <param name="categories">Two or more categories.</param>
    /// <returns>The same options.</returns>
    public static ChatOptions WithUniMedCategories(this ChatOptions options, IReadOnlyList<string> categories)
    {
        ArgumentNullException.ThrowIfNull(categories);
        return With(WithUniMedTask(options, UniMedTask.Cls), ChatTask.CategoriesProperty, categories);
    }

    /// <summary>Sets the task identify. The message has an image and no text.</summary>
    /// <param name="options">The chat's options, which are changed.</param>
    /// <param name="box">What is to be named lies in it.</param>
    /// <returns>The same options.</returns>
    public static ChatOptions WithUniMedBox(this ChatOptions options, PercentBox box) => With(WithUniMedTask(options, UniMedTask.Identify), ChatTask.BoxProperty, box);

    private static ChatOptions With(ChatOptions options, string property, object value)
    {
        (options.AdditionalProperties ??= [])[property] = value;
        return options;
    }
}
