namespace UniMed.Native.Host;

/// <summary>
/// Keys and values as fp32 [layer, block, key or value, kv_head, position in block, row]: a row is a head's channels, and what fills it up. Pages that are never written
/// cost no memory.
/// </summary>
internal sealed unsafe class HostKvCache : KvCache
{
    private readonly HostAllocations _allocations;
    private readonly long _length;
    private nint _data;

    /// <summary>Allocates the pages.</summary>
    /// <param name="device">The device that makes it.</param>
    /// <param name="allocations">Where its memory is counted.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="kvHeads">Key and value heads.</param>
    /// <param name="headDim">Channels of a head.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="blockSize">Positions in a block.</param>
    /// <param name="rowLength">Numbers of a row, at least head_dim.</param>
    /// <param name="rowsBehind">Rows behind the last block that kernels may read.</param>
    public HostKvCache(Device device, HostAllocations allocations, int layers, int kvHeads, int headDim, int blocks, int blockSize, int rowLength, int rowsBehind)
        : base(device, layers, kvHeads, headDim, blocks, blockSize)
    {
        _allocations = allocations;
        RowLength = rowLength;
        Int128 length = ((Int128)layers * blocks * 2 * kvHeads * blockSize * rowLength) + ((Int128)rowsBehind * rowLength);
        _length = length <= long.MaxValue ? (long)length : long.MaxValue;
        _data = HostMemory.Allocate(_length);
        _allocations.Add(_length);
    }

    ~HostKvCache() => DisposeCore();

    /// <summary>Numbers from one position to the next.</summary>
    public int RowLength { get; }

    /// <summary>Elements of one block of one layer: keys, then values.</summary>
    public long BlockLength => 2L * KvHeads * BlockSize * RowLength;

    /// <summary>First key of a layer's block; the caller has checked it.</summary>
    public float* Block(int layer, int block)
    {
        nint data = _data;
        ObjectDisposedException.ThrowIf(data == 0, this);
        return (float*)data + (((layer * (long)Blocks) + block) * BlockLength);
    }

    /// <summary>Key of a position inside a block, for one head.</summary>
    public float* Key(int layer, int block, int kvHead, int slot) => Block(layer, block) + ((((long)kvHead * BlockSize) + slot) * RowLength);

    /// <summary>Value of a position inside a block, for one head.</summary>
    public float* Value(int layer, int block, int kvHead, int slot) => Key(layer, block, kvHead + KvHeads, slot);

    /// <summary>Copies whole blocks of all layers.</summary>
    public void CopyBlocks(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations)
    {
        long bytes = BlockLength * sizeof(float);
        for (int layer = 0; layer < Layers; layer++)
        {
            for (int i = 0; i < sources.Length; i++)
                Buffer.MemoryCopy(Block(layer, sources[i]), Block(layer, destinations[i]), bytes, bytes);
        }
    }

    protected override void DisposeCore()
    {
        if (HostMemory.Free(ref _data))
            _allocations.Add(-_length);
    }
}
