using System.Globalization;
using System.Text;
using UniMed.Inference.Messages;
using UniMed.Inference.Tasks;

namespace UniMed.Inference;

/// <summary>What every answer carries.</summary>
public abstract record TaskAnswer
{
    private protected TaskAnswer(Reply reply)
    {
        Text = reply.Text;
        PromptTokens = reply.PromptTokens;
        TokenIds = reply.Sequence.TokenIds;
        FinishReason = reply.Sequence.FinishReason;
        LogProbabilities = reply.Sequence.LogProbabilities;
        Routing = reply.Routing;
        Timings = reply.Timings;
    }

    /// <summary>The generated text after the reference's decoding: special tokens removed, stripped. Under a <see cref="GenerationOptions.Constraint"/> the decoded text as it is.</summary>
    public string Text { get; }

    /// <summary>Positions of the prompt, visual tokens included.</summary>
    public int PromptTokens { get; }

    /// <summary>Ids of the new tokens, the end token included when the model gave it.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>Why the generation ended.</summary>
    public FinishReason FinishReason { get; }

    /// <summary>Natural logarithm of the model's probability of each new token; null unless <see cref="GenerationOptions.LogProbabilities"/> asked for it.</summary>
    public IReadOnlyList<float>? LogProbabilities { get; }

    /// <summary>How probable the model finds the whole answer; null where <see cref="LogProbabilities"/> is. Uncalibrated.</summary>
    public UncalibratedSequenceScore? UncalibratedScore => LogProbabilities is { Count: > 0 } logProbabilities ? UncalibratedSequenceScore.Of(logProbabilities) : null;

    /// <summary>Routing of each image, in order; null unless asked for, or when the connector has no experts.</summary>
    public IReadOnlyList<RoutingMap>? Routing { get; }

    /// <summary>Time of each stage; null unless asked for.</summary>
    public StageTimings? Timings { get; }

    /// <summary>For <see cref="object.ToString"/>: lists are written out, numbers rounded.</summary>
    /// <param name="builder">Takes the members.</param>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"{nameof(Text)} = {Text}, {nameof(PromptTokens)} = {PromptTokens}, {nameof(TokenIds)} = {Printed.List(TokenIds)}, {nameof(FinishReason)} = {FinishReason}");
        if (LogProbabilities is not null)
            builder.Append(CultureInfo.InvariantCulture, $", {nameof(LogProbabilities)} = {Printed.Numbers(LogProbabilities)}");
        if (Routing is not null)
            builder.Append(CultureInfo.InvariantCulture, $", {nameof(Routing)} = {Printed.List(Routing)}");
        if (Timings is not null)
            builder.Append(CultureInfo.InvariantCulture, $", {nameof(Timings)} = {Timings}");
        return true;
    }
}
