namespace UniMed.Native;

/// <summary>
/// Keys and values of all layers in blocks of <see cref="BlockSize"/> positions. Which blocks a sequence uses, and in which order, is its block table
/// (<see cref="AttentionBatch.BlockTables"/>): the cache itself knows no sequences.
/// </summary>
/// <remarks>Layout is the device's own. Different blocks may be written by different threads.</remarks>
public abstract class KvCache : DeviceObject
{
    /// <summary>Creates the base of a device's cache.</summary>
    protected KvCache(Device device, int layers, int kvHeads, int headDim, int blocks, int blockSize)
        : base(device)
    {
        Layers = layers;
        KvHeads = kvHeads;
        HeadDim = headDim;
        Blocks = blocks;
        BlockSize = blockSize;
    }

    /// <summary>Number of layers.</summary>
    public int Layers { get; }

    /// <summary>Key and value heads.</summary>
    public int KvHeads { get; }

    /// <summary>Channels of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks { get; }

    /// <summary>Positions in a block.</summary>
    public int BlockSize { get; }
}
