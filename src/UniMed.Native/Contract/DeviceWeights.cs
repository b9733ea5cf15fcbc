namespace UniMed.Native;

/// <summary>Weights that a device has taken over, in the layout its kernels want. Made by the Load methods of <see cref="Device"/>, immutable, shared by any number of threads.</summary>
public abstract class DeviceWeights : DeviceObject
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    protected DeviceWeights(Device device)
        : base(device)
    {
    }

    /// <summary>Bytes of stored weights that one pass over all of them reads.</summary>
    public abstract long ByteLength { get; }
}
