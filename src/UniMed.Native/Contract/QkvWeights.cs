namespace UniMed.Native;

/// <summary>q_proj, k_proj and v_proj with the rotary table that is applied to their products.</summary>
public abstract class QkvWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="inFeatures">Channels of their input.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Key and value heads.</param>
    /// <param name="headDim">Channels of a head.</param>
    /// <param name="positions">Positions of the rotary table.</param>
    protected QkvWeights(Device device, int inFeatures, int heads, int kvHeads, int headDim, int positions)
        : base(device)
    {
        InFeatures = inFeatures;
        Heads = heads;
        KvHeads = kvHeads;
        HeadDim = headDim;
        Positions = positions;
    }

    /// <summary>Channels of their input.</summary>
    public int InFeatures { get; }

    /// <summary>Query heads.</summary>
    public int Heads { get; }

    /// <summary>Key and value heads.</summary>
    public int KvHeads { get; }

    /// <summary>Channels of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Positions of the rotary table.</summary>
    public int Positions { get; }
}
