namespace UniMed.WeightsConverter.Torch;

/// <summary>The bytes of one storage in its archive.</summary>
internal readonly record struct StorageRange(long Position, long Bytes);
