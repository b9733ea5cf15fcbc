namespace UniMed.Native;

/// <summary>The projection experts of the connector, all of one shape.</summary>
public abstract class ExpertWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="inFeatures">Channels of a visual token.</param>
    /// <param name="hidden">Channels that the first layer gives.</param>
    /// <param name="outFeatures">Channels that an expert gives.</param>
    protected ExpertWeights(Device device, int experts, int inFeatures, int hidden, int outFeatures)
        : base(device)
    {
        Experts = experts;
        InFeatures = inFeatures;
        Hidden = hidden;
        OutFeatures = outFeatures;
    }

    /// <summary>Number of experts.</summary>
    public int Experts { get; }

    /// <summary>Channels of a visual token.</summary>
    public int InFeatures { get; }

    /// <summary>Channels that the first layer gives.</summary>
    public int Hidden { get; }

    /// <summary>Channels that an expert gives.</summary>
    public int OutFeatures { get; }
}
