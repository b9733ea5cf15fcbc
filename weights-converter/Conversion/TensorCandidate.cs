using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>A place where a tensor may be.</summary>
/// <param name="Pool">The source.</param>
/// <param name="Key">The key in it.</param>
internal readonly record struct TensorCandidate(TensorPool Pool, string Key);
