using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>
/// Uni-Med as a chat client: one user message with text, and images as <see cref="DataContent"/> before it. The model was trained on single questions, so a conversation with earlier
/// turns, system messages, tools and contents of other kinds are refused with <see cref="UniMedException"/>, never left out in silence.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe. The task is what the options name (<see cref="UniMedChatOptionsExtensions.WithUniMedTask"/> and its like), or the tag that the text begins with, such as "[refer] ...";
/// without either it is vqa with images and qa without. A word in brackets that is no tag is refused. <see cref="ChatResponse.RawRepresentation"/>, and that of a stream's last update, is the
/// typed answer: a <see cref="LocateAnswer"/> for refer, a <see cref="ClassifyAnswer"/> where the options name cls, otherwise a <see cref="TextAnswer"/>. An image may be of any image media type or
/// application/octet-stream: it is recognized by what it holds. The engine is not disposed with the client.
/// </para>
/// <para>
/// Every member of <see cref="ChatOptions"/> is honoured or refused by name. Without any, and with temperature 0, the best tokens are taken. A temperature, or top-p, top-k or a seed without one
/// (then it is 1), draws them; without a seed each call has a new one, and the response's additional property <see cref="SeedProperty"/> says which: with it as <see cref="ChatOptions.Seed"/>
/// the answer comes again. A response format with a JSON schema of the subset that <see cref="AnswerConstraint"/> has holds the answer to it. What ChatOptions have no name for (priority, deadline,
/// repetition penalty) is a <see cref="RequestOptions"/> out of <see cref="ChatOptions.RawRepresentationFactory"/>.
/// </para>
/// </remarks>
public sealed class UniMedChatClient : IChatClient
{
    /// <summary>Key of the additional property of responses, and of the last update of a stream, that holds the seed (a <see cref="long"/>) where tokens were drawn.</summary>
    public const string SeedProperty = "seed";

    /// <summary>The model id of a client that was given none.</summary>
    public const string DefaultModelId = "uni-med";

    private readonly ChatGeneration _generation;
    private readonly ImageLimits _limits;
    private readonly string _modelId;
    private readonly UniMedEngine _engine;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Makes a client of an engine.</summary>
    /// <param name="model">The engine's model: its limits hold for images of messages.</param>
    /// <param name="engine">Answers.</param>
    /// <param name="modelId">What the model is called in responses; <see cref="ChatOptions.ModelId"/> may ask for it and no other.</param>
    public UniMedChatClient(UniMedModel model, UniMedEngine engine, string modelId = DefaultModelId)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrWhiteSpace(modelId);
        _limits = model.ImageLimits;
        _modelId = modelId;
        _generation = new ChatGeneration(modelId);
        _engine = engine;
        _metadata = new ChatClientMetadata("unimed", defaultModelId: modelId);
    }

    /// <inheritdoc/>
    /// <exception cref="UniMedException">A message, content, option or image that Uni-Med cannot take (<see cref="UniMedFailure.InvalidInput"/>; the message names it), or the answer failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the request has left the engine, or does so within a step.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatQuestion question = Read(messages, options);
        TaskAnswer answer = await question.Ask(_engine, cancellationToken).WholeAsync().ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Text))
        {
            ModelId = _modelId,
            FinishReason = Reason(answer.FinishReason),
            Usage = UsageOf(answer),
            AdditionalProperties = PropertiesOf(question),
            RawRepresentation = answer,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="UniMedException">A message, content, option or image that Uni-Med cannot take (<see cref="UniMedFailure.InvalidInput"/>; the message names it), or the answer failed.</exception>
    /// <remarks>Leaving the stream early takes the request out of the engine within a step.</remarks>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatQuestion question = Read(messages, options);
        ChatAnswer pending = question.Ask(_engine, cancellationToken);
        string id = Guid.NewGuid().ToString("N");
        await foreach (GeneratedToken token in pending.Tokens.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (token.Text.Length > 0)
                yield return new ChatResponseUpdate(ChatRole.Assistant, token.Text) { ResponseId = id, MessageId = id, ModelId = _modelId };
        }

        TaskAnswer answer = await pending.WholeAsync().ConfigureAwait(false);
        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(UsageOf(answer))])
        {
            ResponseId = id,
            MessageId = id,
            ModelId = _modelId,
            FinishReason = Reason(answer.FinishReason),
            AdditionalProperties = PropertiesOf(question),
            RawRepresentation = answer,
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

    private ChatQuestion Read(IEnumerable<ChatMessage> messages, ChatOptions? options) => ChatPrompt.Read(messages, ChatTask.Read(options), _generation.Read(options, this), _limits);

    private static AdditionalPropertiesDictionary? PropertiesOf(ChatQuestion question) => question.Seed is { } seed ? new() { [SeedProperty] = seed } : null;

    private static ChatFinishReason Reason(FinishReason reason) => reason == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length;

    private static UsageDetails UsageOf(TaskAnswer answer) => new()
    {
        InputTokenCount = answer.PromptTokens,
        OutputTokenCount = answer.TokenIds.Count,
        TotalTokenCount = answer.PromptTokens + answer.TokenIds.Count,
    };
}
