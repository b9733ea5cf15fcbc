using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>New tokens of one sequence.</summary>
/// <param name="Sequence">The sequence; the pass extends it by the tokens.</param>
/// <param name="Ids">Token ids; ~i stands for row i of the visual tokens.</param>
/// <param name="VisualTokens">Visual tokens of all images of the prompt, in order; null where these ids have none.</param>
internal readonly record struct SequenceInput(KvSequence Sequence, ReadOnlyMemory<int> Ids, Tensor? VisualTokens);
