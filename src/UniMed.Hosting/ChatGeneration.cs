using System.Globalization;
using Microsoft.Extensions.AI;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>Reads a chat's options: each is honoured, or refused by its name. None is left out in silence.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="modelId">The model that answers.</param>
internal sealed class ChatGeneration(string modelId)
{
    private volatile Tuple<string, AnswerConstraint>? _lastSchema;

    /// <summary>Reads options.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="client">Whom <see cref="ChatOptions.RawRepresentationFactory"/> is asked for.</param>
    /// <returns>How the engine answers.</returns>
    /// <exception cref="UniMedException">An option asks for what Uni-Med has not, or a number is out of its range.</exception>
    public RequestOptions Read(ChatOptions? options, IChatClient client)
    {
        if (options is null)
            return new RequestOptions();
        RefuseWhatIsNotThere(options);
        RequestOptions request = RawOptions(options, client);
        if (request.Generation is null)
            throw new UniMedException(UniMedFailure.InvalidInput, $"ChatOptions.RawRepresentationFactory gave {nameof(RequestOptions)} whose {nameof(RequestOptions.Generation)} is null. Leave it as it is by default.");
        GenerationOptions generation = Sampled(options, request.Generation);
        Require(nameof(options.MaxOutputTokens), options.MaxOutputTokens, value => value is >= 1 and <= 1_000_000, "from 1 to 1000000");
        if (options.MaxOutputTokens is { } limit)
            generation = generation with { MaxNewTokens = limit };
        if (Constraint(options.ResponseFormat) is { } constraint)
            generation = generation with { Constraint = constraint };
        return request with { Generation = generation };
    }

    private void RefuseWhatIsNotThere(ChatOptions options)
    {
        Refuse(options.Tools is { Count: > 0 }, nameof(options.Tools));
        Refuse(options.ToolMode is RequiredChatToolMode, nameof(options.ToolMode));
        Refuse(options.StopSequences is { Count: > 0 }, nameof(options.StopSequences));
        // None is asked for with 0.
        Refuse(options.FrequencyPenalty is not (null or 0), nameof(options.FrequencyPenalty));
        Refuse(options.PresencePenalty is not (null or 0), nameof(options.PresencePenalty));
        Refuse(!string.IsNullOrEmpty(options.Instructions), nameof(options.Instructions));
        Refuse(options.ConversationId is not null, nameof(options.ConversationId));
        Refuse(options.Reasoning is { Effort: not (null or ReasoningEffort.None) } or { Output: not (null or ReasoningOutput.None) }, nameof(options.Reasoning));
#pragma warning disable MEAI001 // Said to change; refused all the same.
        Refuse(options.ContinuationToken is not null, nameof(options.ContinuationToken));
#pragma warning restore MEAI001
        if (options.ModelId is { } asked && asked != modelId)
            throw new UniMedException(UniMedFailure.InvalidInput, $"ChatOptions.ModelId is '{asked}'; this client answers with '{modelId}'. Leave it out.");
    }

    /// <summary>The engine's own options that the caller made, for what ChatOptions have no name for: priority, deadline, repetition penalty.</summary>
    private static RequestOptions RawOptions(ChatOptions options, IChatClient client) => options.RawRepresentationFactory?.Invoke(client) switch
    {
        null => new RequestOptions(),
        RequestOptions given => given,
        { } other => throw new UniMedException(UniMedFailure.InvalidInput, $"ChatOptions.RawRepresentationFactory gave {other.GetType().Name}; Uni-Med takes {nameof(RequestOptions)}."),
    };

    /// <summary>Temperature 0 is the best token, whatever the others say. Any of top-p, top-k and seed without a temperature draws at temperature 1, and a draw without a seed gets one of its own.</summary>
    private static GenerationOptions Sampled(ChatOptions options, GenerationOptions generation)
    {
        if (options is { Temperature: null, TopP: null, TopK: null, Seed: null })
            return generation;
        Require(nameof(options.Temperature), options.Temperature, value => value is 0 or (>= 1e-20f and <= 1e20f), "0 (the best token), or from 1E-20 to 1E+20");
        Require(nameof(options.TopP), options.TopP, value => value is >= 0 and <= 1, "from 0 to 1");
        Require(nameof(options.TopK), options.TopK, value => value >= 0, "0 (all tokens) or more");
        return generation with
        {
            DoSample = options.Temperature != 0,
            Temperature = options.Temperature is { } temperature and not 0 ? temperature : 1,
            TopP = options.TopP ?? generation.TopP,
            TopK = options.TopK ?? generation.TopK,
            Seed = unchecked((ulong)(options.Seed ?? Random.Shared.NextInt64())),
        };
    }

    /// <summary>A response format as a constraint. Chats that ask for the same one again and again share it, and what the engine makes of it.</summary>
    private AnswerConstraint? Constraint(ChatResponseFormat? format)
    {
        if (format is null or ChatResponseFormatText)
            return null;
        if (format is not ChatResponseFormatJson { Schema: { } schema })
            throw new UniMedException(UniMedFailure.InvalidInput, "ChatOptions.ResponseFormat asks for JSON without a schema; Uni-Med can be held to a schema only. Use ChatResponseFormat.ForJsonSchema, or leave it out.");
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
            throw new UniMedException(UniMedFailure.InvalidInput, $"ChatOptions.ResponseFormat: {error.Message}", error);
        }
    }

    private static void Refuse(bool given, string option)
    {
        if (given)
            throw new UniMedException(UniMedFailure.InvalidInput, $"ChatOptions.{option} is set; Uni-Med has nothing like it. Leave it out.");
    }

    private static void Require<T>(string option, T? value, Func<T, bool> holds, string allowed)
        where T : struct, IFormattable
    {
        if (value is { } given && !holds(given))
            throw new UniMedException(UniMedFailure.InvalidInput, $"ChatOptions.{option} is {given.ToString(null, CultureInfo.InvariantCulture)}; it must be {allowed}.");
    }
}
