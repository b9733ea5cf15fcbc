using UniMed.Inference.Generation;

namespace UniMed.Inference.Tasks;

/// <summary>What came back for a request, before its task reads it.</summary>
/// <param name="Sequence">The generated tokens.</param>
/// <param name="PromptTokens">Positions of the prompt, visual tokens included.</param>
/// <param name="Text">The answer's text.</param>
/// <param name="Images">Images of the prompt, in order.</param>
/// <param name="Routing">Routing of each image; null unless asked for, or without experts.</param>
/// <param name="Timings">Time of each stage; null unless asked for.</param>
/// <param name="LabelScores">Scores of the request's labels, most probable first; empty without labels.</param>
internal sealed record Reply(
    GeneratedSequence Sequence,
    int PromptTokens,
    string Text,
    IReadOnlyList<MedicalImage> Images,
    IReadOnlyList<RoutingMap>? Routing,
    StageTimings? Timings,
    IReadOnlyList<LabelScore> LabelScores);
