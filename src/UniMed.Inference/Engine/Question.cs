using UniMed.Inference.Generation;
using UniMed.Inference.Tasks;

namespace UniMed.Inference.Engine;

/// <summary>One request on its way: a whole prompt and the studies its placeholders stand for.</summary>
internal sealed record Question(string Prompt, IReadOnlyList<Study> Studies, UniMedTask Task, RequestOptions Options, Action<GeneratedToken>? OnToken);
