namespace UniMed.Native;

/// <summary>A matrix [out, in] and an optional bias [out]: y = x W^T + b (torch.nn.Linear).</summary>
public abstract class LinearWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="inFeatures">Channels of its input.</param>
    /// <param name="outFeatures">Channels of its output.</param>
    protected LinearWeights(Device device, int inFeatures, int outFeatures)
        : base(device)
    {
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
    }

    /// <summary>Channels of its input.</summary>
    public int InFeatures { get; }

    /// <summary>Channels of its output.</summary>
    public int OutFeatures { get; }
}
