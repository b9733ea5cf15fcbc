namespace UniMed.Native;

/// <summary>gate_proj and up_proj [intermediate, hidden] of a SwiGLU MLP.</summary>
public abstract class GatedWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="inFeatures">Channels of their input.</param>
    /// <param name="outFeatures">Channels of their gated product.</param>
    protected GatedWeights(Device device, int inFeatures, int outFeatures)
        : base(device)
    {
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
    }

    /// <summary>Channels of their input.</summary>
    public int InFeatures { get; }

    /// <summary>Channels of their gated product.</summary>
    public int OutFeatures { get; }
}
