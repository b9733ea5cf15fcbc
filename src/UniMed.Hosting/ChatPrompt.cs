using System.Text;
using Microsoft.Extensions.AI;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>Reads a chat's messages: what Uni-Med can answer becomes a question, everything else is refused by name.</summary>
internal static class ChatPrompt
{
    private const string AnyBytes = "application/octet-stream";

    /// <summary>Reads messages.</summary>
    /// <param name="messages">One, of the user.</param>
    /// <param name="options">How it is answered.</param>
    /// <exception cref="NotSupportedException">Something in it that Uni-Med cannot take.</exception>
    /// <exception cref="ImageException">An image that cannot be read.</exception>
    public static ChatQuestion Read(IEnumerable<ChatMessage> messages, RequestOptions options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] all = [.. messages];
        if (Array.IndexOf(all, null) is var missing && missing >= 0)
            throw new ArgumentException($"Message {missing} is null.", nameof(messages));
        if (all.Length != 1 || all[0].Role != ChatRole.User)
        {
            string roles = string.Join(", ", all.Select(message => message.Role.Value));
            throw new NotSupportedException($"Uni-Med answers single questions: send one user message. The conversation has {all.Length} ({roles}); put what matters of it into the question.");
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
                    images.Add(MedicalImage.Decode(data.Data.Span, source: data.Name ?? $"image {images.Count + 1} of the message"));
                    break;
                case DataContent data:
                    throw new NotSupportedException($"The message holds data of type {data.MediaType}; Uni-Med takes text and images.");
                default:
                    throw new NotSupportedException($"The message holds {content.GetType().Name}; Uni-Med takes TextContent, and images as DataContent. Download what a URI names first.");
            }
        }

        return new ChatQuestion(RequestOf(text.ToString().Trim(), images.Count), images, options);
    }

    /// <summary>A request of the task that the text's tag names, or of the one that answers questions.</summary>
    private static TaskRequest<TaskAnswer> RequestOf(string text, int images)
    {
        if (text.Length == 0)
            throw new NotSupportedException("The message holds no text. Ask a question.");
        foreach (UniMedTask task in UniMedTasks.All)
        {
            if (!text.StartsWith(task.Tag(), StringComparison.Ordinal))
                continue;
            return text.Length > task.Tag().Length
                ? TaskRequest.Instruct(task, text)
                : throw new NotSupportedException($"The message holds the tag {task.Tag()} and nothing behind it. Say what is asked.");
        }

        return images == 0 ? TaskRequest.Instruct(UniMedTask.Qa, Instructions.Qa(text)) : TaskRequest.Instruct(UniMedTask.Vqa, Instructions.Vqa(text));
    }
}
