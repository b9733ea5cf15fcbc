using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Model;

namespace UniMed.Inference.Scheduling;

/// <summary>What came back for a question, before its task reads it.</summary>
internal sealed record Reply(GeneratedSequence Sequence, int PromptTokens, string Text, IReadOnlyList<RoutingMap>? Routing, StageTimings? Timings)
{
    /// <summary>Decodes an answer and adds what was asked for beside it.</summary>
    public static Reply Of(
        ModelAssembly model, RequestOptions options, GeneratedSequence sequence, int promptTokens, IReadOnlyList<VisualTokens> images, double visionMilliseconds, double connectorMilliseconds)
    {
        string decoded = model.Tokenizer.Decode([.. sequence.TokenIds]);
        // What is constrained is exact already; the clean-up would take marks out of it that it may hold.
        string text = options.Generation.Constraint is null ? AnswerText.Clean(decoded) : decoded;
        RoutingMap[]? routing = options.IncludeRouting && images.Any(image => image.Routing is not null)
            ? [.. images.Select(image => new RoutingMap(image.Routing!, image.Count, image.Experts))]
            : null;
        StageTimings? timings = options.IncludeTimings
            ? new StageTimings(visionMilliseconds, connectorMilliseconds, sequence.PrefillMilliseconds, sequence.TokenMilliseconds)
            : null;
        return new Reply(sequence, promptTokens, text, routing, timings);
    }
}
