using UniMed.Inference.Connector;
using UniMed.Inference.Generation;
using UniMed.Inference.Model;
using UniMed.Inference.Tasks;

namespace UniMed.Inference.Scheduling;

/// <summary>Decodes what was generated and adds what was asked for beside it.</summary>
internal static class ReplyReader
{
    /// <summary>Reads one answer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="sequence">The generated tokens.</param>
    /// <param name="promptTokens">Positions of the prompt.</param>
    /// <param name="images">Images of the prompt.</param>
    /// <param name="visualTokens">What the language model saw of them; may be empty when no routing is asked for.</param>
    /// <param name="stages">Milliseconds of the vision transformer and the connector.</param>
    /// <param name="labelScores">Scores of labels, most probable first.</param>
    public static Reply Read(
        ModelAssembly model,
        RequestOptions options,
        GeneratedSequence sequence,
        int promptTokens,
        IReadOnlyList<MedicalImage> images,
        IReadOnlyList<VisualTokens> visualTokens,
        (double Vision, double Connector) stages,
        IReadOnlyList<LabelScore> labelScores)
    {
        string decoded = model.Tokenizer.Decode([.. sequence.TokenIds]);
        // What is constrained is exact already; the clean-up would take marks out of it that it may hold.
        string text = options.Generation.Constraint is null ? AnswerText.Clean(decoded) : decoded;
        RoutingMap[]? routing = options.IncludeRouting && visualTokens.Any(image => image.Routing is not null)
            ? [.. visualTokens.Select(image => new RoutingMap(image.Routing!, image.Count, image.Experts))]
            : null;
        StageTimings? timings = options.IncludeTimings
            ? new StageTimings(stages.Vision, stages.Connector, sequence.PrefillMilliseconds, sequence.TokenMilliseconds)
            : null;
        return new Reply(sequence, promptTokens, text, images, routing, timings, labelScores);
    }
}
