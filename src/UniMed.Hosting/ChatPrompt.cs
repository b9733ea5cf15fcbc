using System.Text;
using Microsoft.Extensions.AI;
using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Inference.Imaging;
using UniMed.Inference.Tasks;

namespace UniMed.Hosting;

/// <summary>Reads a chat: what Uni-Med can answer becomes a question, everything else is refused by name.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ChatPrompt(PromptTemplate template)
{
    private volatile Tuple<string, AnswerConstraint>? _lastSchema;

    /// <summary>Reads messages and options.</summary>
    /// <exception cref="NotSupportedException">Something in it that Uni-Med cannot take.</exception>
    /// <exception cref="ImageException">An image that cannot be read.</exception>
    public ChatQuestion Read(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] all = [.. messages];
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
                case DataContent data when data.HasTopLevelMediaType("image"):
                    images.Add(MedicalImage.Decode(data.Data.Span, source: data.Name ?? $"image {images.Count + 1} of the message"));
                    break;
                case DataContent data:
                    throw new NotSupportedException($"The message holds data of type {data.MediaType}; Uni-Med takes text and images.");
                default:
                    throw new NotSupportedException($"The message holds {content.GetType().Name}; Uni-Med takes TextContent, and images as DataContent. Download what a URI names first.");
            }
        }

        (UniMedTask task, string instruction) = TaskOf(text.ToString().Trim(), images.Count);
        return new ChatQuestion(images.Count == 0 ? template.TextOnly(instruction) : template.WithImages(instruction, images.Count), images, task, Generation(options));
    }

    /// <summary>The task that the text's tag names, or the one that answers questions; the instruction carries its tag.</summary>
    private static (UniMedTask Task, string Instruction) TaskOf(string text, int images)
    {
        if (text.Length == 0)
            throw new NotSupportedException("The message holds no text. Ask a question.");
        foreach (UniMedTask task in UniMedTasks.All)
        {
            if (text.StartsWith(task.Tag(), StringComparison.Ordinal))
                return (task, text);
        }

        return images == 0 ? (UniMedTask.Qa, Instructions.Qa(text)) : (UniMedTask.Vqa, Instructions.Vqa(text));
    }

    private GenerationOptions Generation(ChatOptions? options)
    {
        if (options is null)
            return new GenerationOptions();
        Refuse(options.Tools is { Count: > 0 }, nameof(options.Tools));
        Refuse(options.StopSequences is { Count: > 0 }, nameof(options.StopSequences));
        Refuse(options.FrequencyPenalty is not null, nameof(options.FrequencyPenalty));
        Refuse(options.PresencePenalty is not null, nameof(options.PresencePenalty));
        Refuse(!string.IsNullOrEmpty(options.Instructions), nameof(options.Instructions));
        Refuse(options.ConversationId is not null, nameof(options.ConversationId));
        var generation = new GenerationOptions { Constraint = Constraint(options.ResponseFormat) };
        if (options.MaxOutputTokens is { } most)
            generation = generation with { MaxNewTokens = most };
        if (options.Temperature is { } temperature && temperature != 0)
            generation = generation with { DoSample = true, Temperature = temperature };
        if (options.TopP is { } topP)
            generation = generation with { TopP = topP };
        if (options.TopK is { } topK)
            generation = generation with { TopK = topK };
        if (options.Seed is { } seed)
            generation = generation with { Seed = (ulong)seed };
        return generation;
    }

    /// <summary>A response format as a constraint. Chats that ask for the same one again and again share it, and what the engine makes of it.</summary>
    private AnswerConstraint? Constraint(ChatResponseFormat? format)
    {
        if (format is null or ChatResponseFormatText)
            return null;
        if (format is not ChatResponseFormatJson { Schema: { } schema })
            throw new NotSupportedException("ChatOptions.ResponseFormat asks for JSON without a schema; Uni-Med can be held to a schema only. Use ChatResponseFormat.ForJsonSchema, or leave it out.");
        string text = schema.GetRawText();
        if (_lastSchema is { } last && last.Item1 == text)
            return last.Item2;
        try
        {
            AnswerConstraint constraint = AnswerConstraint.JsonSchema(schema);
            _lastSchema = Tuple.Create(text, constraint);
            return constraint;
        }
        catch (UniMedException error)
        {
            throw new NotSupportedException($"ChatOptions.ResponseFormat: {error.Message}", error);
        }
    }

    private static void Refuse(bool given, string option)
    {
        if (given)
            throw new NotSupportedException($"ChatOptions.{option} is set; Uni-Med has nothing like it. Leave it out.");
    }
}
