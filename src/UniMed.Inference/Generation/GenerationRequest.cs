using UniMed.Inference.Generation.Constraints;
using UniMed.Native;

namespace UniMed.Inference.Generation;

/// <summary>One sequence to continue.</summary>
/// <param name="Ids">Prompt: token ids; ~i stands for row i of the visual tokens.</param>
/// <param name="VisualTokens">Visual tokens of all images of the prompt, in order; null without images.</param>
/// <param name="Options">How to generate; validated.</param>
/// <param name="OnToken">Receives each token as it is chosen (after a beam search: all at its end); null when nobody listens.</param>
/// <param name="Constraint">The options' constraint over the model's vocabulary; null for none.</param>
internal sealed record GenerationRequest(ReadOnlyMemory<int> Ids, Tensor? VisualTokens, GenerationOptions Options, Action<GeneratedToken>? OnToken, TokenAutomaton? Constraint = null);
