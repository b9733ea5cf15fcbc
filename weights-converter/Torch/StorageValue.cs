namespace UniMed.WeightsConverter.Torch;

/// <summary>A storage as the pickle names it; nothing of it is checked yet.</summary>
/// <param name="ClassName">Its class, such as torch.FloatStorage.</param>
/// <param name="Key">Its key in the archive.</param>
/// <param name="Count">Its number of elements.</param>
internal sealed record StorageValue(string ClassName, string Key, long Count);
