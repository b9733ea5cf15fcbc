namespace UniMed.Native;

/// <summary>Scale [columns] and, for a layer norm, shift [columns].</summary>
public abstract class NormWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="columns">Channels that it normalizes.</param>
    /// <param name="hasBias">True for a layer norm.</param>
    protected NormWeights(Device device, int columns, bool hasBias)
        : base(device)
    {
        Columns = columns;
        HasBias = hasBias;
    }

    /// <summary>Channels that it normalizes.</summary>
    public int Columns { get; }

    /// <summary>True for a layer norm.</summary>
    public bool HasBias { get; }
}
