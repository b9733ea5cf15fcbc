using System.Buffers;
using System.Text;
using Microsoft.Extensions.AI;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>Reads a chat's messages: what Uni-Med can answer becomes a question, everything else is refused by name.</summary>
internal static class ChatPrompt
{
    private const string AnyBytes = "application/octet-stream";

    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>Reads messages.</summary>
    /// <param name="messages">One, of the user.</param>
    /// <param name="task">The task that the chat's options name; null when the text does, or nobody.</param>
    /// <param name="options">How it is answered.</param>
    /// <param name="limits">Largest images.</param>
    /// <exception cref="UniMedException">Something in it that Uni-Med cannot take.</exception>
    /// <exception cref="ImageException">An image that cannot be read.</exception>
    public static ChatQuestion Read(IEnumerable<ChatMessage> messages, ChatTask? task, RequestOptions options, ImageLimits limits)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var decoding = new ImageDecodeOptions { Limits = limits };
        ChatMessage[] all = [.. messages];
        if (Array.IndexOf(all, null) is var missing && missing >= 0)
            throw new ArgumentException($"Message {missing} is null.", nameof(messages));
        if (all.Length != 1 || all[0].Role != ChatRole.User)
        {
            string roles = string.Join(", ", all.Select(message => message.Role.Value));
            throw Refused($"Uni-Med answers single questions: send one user message. The conversation has {all.Length} ({roles}); put what matters of it into the question.");
        }

        var text = new StringBuilder();
        var images = new List<MedicalImage>();
        foreach (AIContent content in all[0].Contents)
        {
            switch (content)
            {
                case TextContent words:
                    text.Append(words.Text);
                    break;
                // Pictures are recognized by what they hold: a media type may be a guess, or none.
                case DataContent data when data.HasTopLevelMediaType("image") || data.MediaType.Equals(AnyBytes, StringComparison.OrdinalIgnoreCase):
                    images.Add(MedicalImage.Decode(data.Data.Span, decoding, source: data.Name ?? $"image {images.Count + 1} of the message"));
                    break;
                case DataContent data:
                    throw Refused($"The message holds data of type {data.MediaType}; Uni-Med takes text and images.");
                default:
                    throw Refused($"The message holds {content.GetType().Name}; Uni-Med takes TextContent, and images as DataContent. Download what a URI names first.");
            }
        }

        string said = text.ToString().Trim();
        return new ChatQuestion(options, task is null ? Tagged(said, images, options) : Typed(task, said, images, options));
    }

    /// <summary>The task that the text's tag names, or the one that answers questions; the instruction carries its tag.</summary>
    private static Func<UniMedEngine, CancellationToken, ChatAnswer> Tagged(string text, List<MedicalImage> images, RequestOptions options)
    {
        if (text.Length == 0)
            throw Refused("The message holds no text. Ask a question.");
        if (TagOf(text) is not { } tag)
            return images.Count == 0 ? Ask(TaskRequest.Answer(text), images, options) : Ask(TaskRequest.Ask(text), images, options);
        string tags = string.Join(", ", UniMedTasks.All.Select(each => each.Tag()));
        if (!UniMedTasks.TryParse(tag, out UniMedTask task) || task.Tag() != tag)
            throw Refused($"The message begins with {tag}, which is no task of Uni-Med. Its tags are {tags}; write one of them, or the question without a tag.");
        if (text.Length == tag.Length)
            throw Refused($"The message holds the tag {tag} and nothing behind it. Say what is asked.");
        return Ask(TaskRequest.Instruct(task, text), images, options);
    }

    /// <summary>The text in the instruction of a task that the options name.</summary>
    private static Func<UniMedEngine, CancellationToken, ChatAnswer> Typed(ChatTask task, string text, List<MedicalImage> images, RequestOptions options)
    {
        if (TagOf(text) is { } tag)
            throw Refused($"The chat's options name the task {task.Task.Name()}, and the message begins with {tag}. Leave one of them out.");
        bool takesOne = task.Task is UniMedTask.Refer or UniMedTask.Cls or UniMedTask.Identify;
        bool takesImage = task.Task.TakesImage();
        if (!takesImage ? images.Count > 0 : takesOne ? images.Count != 1 : images.Count == 0)
            throw Refused($"The message holds {images.Count} images; the task {task.Task.Name()} takes {(!takesImage ? "none" : takesOne ? "one" : "one or more")}.");
        if (task.Task == UniMedTask.Identify && text.Length > 0)
            throw Refused("The message holds text; the task identify asks about its box alone. Leave the text out.");
        if (text.Length == 0 && task.Task is not (UniMedTask.Cls or UniMedTask.Identify or UniMedTask.Caption))
            throw Refused($"The message holds no text. Say what the task {task.Task.Name()} is about.");
        return task.Task switch
        {
            UniMedTask.Refer => Ask(TaskRequest.Locate(text), images, options),
            UniMedTask.Cls when text.Length == 0 => Ask(TaskRequest.Classify(task.Categories!), images, options),
            UniMedTask.Cls => Ask(TaskRequest.Classify(task.Categories!, text), images, options),
            UniMedTask.Identify => Ask(TaskRequest.Identify(task.Box!.Value), images, options),
            UniMedTask.Caption => Ask(TaskRequest.Describe(text.Length == 0 ? null : text), images, options),
            UniMedTask.Vqa => Ask(TaskRequest.Ask(text), images, options),
            UniMedTask.Qa => Ask(TaskRequest.Answer(text), images, options),
            _ => Ask(TaskRequest.Instruct(task.Task, $"{task.Task.Tag()} {text}"), images, options),
        };
    }

    private static Func<UniMedEngine, CancellationToken, ChatAnswer> Ask<TAnswer>(TaskRequest<TAnswer> request, List<MedicalImage> images, RequestOptions options)
        where TAnswer : TaskAnswer => (engine, cancellation) => ChatAnswer.Of(engine.AskAsync(request, images, options, cancellation));

    /// <summary>The word in brackets that a text begins with; null when it begins otherwise.</summary>
    private static string? TagOf(string text)
    {
        int end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        return end > 1 && text.AsSpan(1, end - 1).IndexOfAnyExcept(TagCharacters) < 0 ? text[..(end + 1)] : null;
    }

    private static UniMedException Refused(string message) => new(UniMedFailure.InvalidInput, message);
}
