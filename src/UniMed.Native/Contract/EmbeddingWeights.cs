namespace UniMed.Native;

/// <summary>Token embedding table [vocabulary, hidden].</summary>
public abstract class EmbeddingWeights : DeviceWeights
{
}
