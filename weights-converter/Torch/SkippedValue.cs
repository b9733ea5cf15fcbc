namespace UniMed.WeightsConverter.Torch;

/// <summary>An entry of a source that is not a tensor that can be read.</summary>
/// <param name="Key">Its key.</param>
/// <param name="What">What it is, to stand behind "is": "a string".</param>
/// <param name="IsBeside">True for tensors that lie beside the state dict and not in it.</param>
internal sealed record SkippedValue(string Key, string What, bool IsBeside = false);
