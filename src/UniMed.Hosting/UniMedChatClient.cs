using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Inference.Tasks;

namespace UniMed.Hosting;

/// <summary>
/// Uni-Med as a chat client: one user message with text, and images as <see cref="DataContent"/> before it. The model was trained on single questions, so a conversation with earlier
/// turns, system messages, tools and contents of other kinds are refused with <see cref="NotSupportedException"/>, never left out in silence.
/// </summary>
/// <remarks>
/// Thread-safe. The task is the tag that the text begins with, such as "[refer] ..."; without one it is vqa with images and qa without. The options' temperature (0 is greedy), top-p, top-k,
/// seed and output tokens are used, and a response format with a JSON schema of the subset that <see cref="AnswerConstraint"/> has: the answer is JSON of the schema then. The engine is not disposed with the client.
/// </remarks>
public sealed class UniMedChatClient : IChatClient
{
    private readonly UniMedEngine _engine;
    private readonly ChatPrompt _prompt;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Makes a client of an engine.</summary>
    /// <param name="model">The engine's model.</param>
    /// <param name="engine">Answers.</param>
    public UniMedChatClient(UniMedModel model, UniMedEngine engine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _prompt = new ChatPrompt(new PromptTemplate(model.Config.Prompt));
        _metadata = new ChatClientMetadata("unimed", defaultModelId: "uni-med");
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">A message, content or option that Uni-Med cannot take; the message names it.</exception>
    /// <exception cref="UniMedException">An image or option that cannot be used, or the answer failed.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatQuestion question = _prompt.Read(messages, options);
        TextAnswer answer = await Start(question, cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Text))
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = Reason(answer.FinishReason),
            Usage = UsageOf(answer),
        };
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">A message, content or option that Uni-Med cannot take; the message names it.</exception>
    /// <exception cref="UniMedException">An image or option that cannot be used, or the answer failed.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        PendingAnswer<TextAnswer> pending = Start(_prompt.Read(messages, options), cancellationToken);
        string id = Guid.NewGuid().ToString("N");
        await foreach (GeneratedToken token in pending.WithCancellation(cancellationToken))
        {
            if (token.Text.Length > 0)
                yield return new ChatResponseUpdate(ChatRole.Assistant, token.Text) { ResponseId = id, MessageId = id, ModelId = _metadata.DefaultModelId };
        }

        TextAnswer answer = await pending;
        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(UsageOf(answer))])
        {
            ResponseId = id,
            MessageId = id,
            ModelId = _metadata.DefaultModelId,
            FinishReason = Reason(answer.FinishReason),
        };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        if (serviceType == typeof(ChatClientMetadata))
            return _metadata;
        if (serviceType == typeof(UniMedEngine))
            return _engine;
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Does nothing: the engine belongs to whoever made it.</summary>
    public void Dispose()
    {
    }

    private PendingAnswer<TextAnswer> Start(ChatQuestion question, CancellationToken cancellationToken) =>
        _engine.GenerateAsync(
            question.Prompt, question.Images, question.Task, new EngineRequestOptions { Request = new RequestOptions { Generation = question.Generation } }, cancellationToken);

    private static ChatFinishReason Reason(FinishReason reason) => reason == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length;

    private static UsageDetails UsageOf(TextAnswer answer) => new()
    {
        InputTokenCount = answer.PromptTokens,
        OutputTokenCount = answer.TokenIds.Count,
        TotalTokenCount = answer.PromptTokens + answer.TokenIds.Count,
    };
}
