using UniMed.Inference.Generation;
using UniMed.Inference.Tasks;

namespace UniMed.Inference.Engine;

/// <summary>What came back for a question, before its task reads it.</summary>
internal sealed record Reply(GeneratedSequence Sequence, int PromptTokens, string Text, IReadOnlyList<RoutingMap>? Routing, StageTimings? Timings);
