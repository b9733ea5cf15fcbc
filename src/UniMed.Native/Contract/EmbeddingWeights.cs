namespace UniMed.Native;

/// <summary>Token embedding table [vocabulary, hidden].</summary>
public abstract class EmbeddingWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="vocabulary">Number of tokens.</param>
    /// <param name="hidden">Channels of a token.</param>
    protected EmbeddingWeights(Device device, int vocabulary, int hidden)
        : base(device)
    {
        Vocabulary = vocabulary;
        Hidden = hidden;
    }

    /// <summary>Number of tokens.</summary>
    public int Vocabulary { get; }

    /// <summary>Channels of a token.</summary>
    public int Hidden { get; }
}
