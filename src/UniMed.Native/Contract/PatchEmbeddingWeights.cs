namespace UniMed.Native;

/// <summary>Patch convolution, class token and position embedding of a vision transformer.</summary>
public abstract class PatchEmbeddingWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="channels">Channels of a token.</param>
    /// <param name="patchSize">Pixels on a side of a patch.</param>
    /// <param name="grid">Patches on a side of an image.</param>
    protected PatchEmbeddingWeights(Device device, int channels, int patchSize, int grid)
        : base(device)
    {
        Channels = channels;
        PatchSize = patchSize;
        Grid = grid;
    }

    /// <summary>Channels of a token.</summary>
    public int Channels { get; }

    /// <summary>Pixels on a side of a patch.</summary>
    public int PatchSize { get; }

    /// <summary>Patches on a side of an image.</summary>
    public int Grid { get; }
}
