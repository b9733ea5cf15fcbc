namespace UniMed.Native;

/// <summary>
/// Keys and values of all layers in blocks of <see cref="BlockSize"/> positions. Which blocks a sequence uses, and in which order, is its block table
/// (<see cref="AttentionBatch.BlockTables"/>): the cache itself knows no sequences.
/// </summary>
/// <remarks>Layout is the device's own. Different blocks may be written by different threads.</remarks>
public abstract class KvCache : IDisposable
{
    /// <summary>Creates the base of a device's cache.</summary>
    protected KvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize)
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives device memory back.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
