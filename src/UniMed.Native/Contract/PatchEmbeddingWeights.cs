namespace UniMed.Native;

/// <summary>Patch convolution, class token and position embedding of a vision transformer.</summary>
public abstract class PatchEmbeddingWeights : DeviceWeights
{
}
