using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// Keys and values as fp32 [layer, block, key or value, kv_head, position in block, head_dim padded to whole vectors]: tiles read keys as they lie. Pages that are never written
/// cost no memory.
/// </summary>
internal sealed unsafe class CpuKvCache : KvCache
{
    private readonly CpuDevice _device;
    private readonly long _length;
    private nint _data;

    public CpuKvCache(CpuDevice device, int layers, int kvHeads, int headDim, int blocks, int blockSize)
        : base(layers, kvHeads, headDim, blocks, blockSize)
    {
        _device = device;
        RowLength = headDim <= int.MaxValue - Kernels.Pad ? Kernels.PadColumns(headDim) : headDim;
        // A tile reads whole groups of rows: up to three behind the last.
        Int128 length = ((Int128)layers * blocks * 2 * kvHeads * blockSize * RowLength) + (Kernels.TileRows * (Int128)RowLength);
        _length = length <= long.MaxValue ? (long)length : long.MaxValue;
        _data = HostMemory.Allocate(_length);
        _device.Allocations.Add(_length);
    }

    ~CpuKvCache() => Dispose(false);

    /// <summary>Numbers from one position to the next.</summary>
    public int RowLength { get; }

    /// <summary>Elements of one block of one layer: keys, then values.</summary>
    public long BlockLength => 2L * KvHeads * BlockSize * RowLength;

    /// <summary>True when its memory is given back.</summary>
    public bool IsDisposed => _data == 0;

    /// <summary>First key of a layer's block; the caller has checked it.</summary>
    public float* Block(int layer, int block)
    {
        nint data = _data;
        ObjectDisposedException.ThrowIf(data == 0, this);
        return (float*)data + (((layer * (long)Blocks) + block) * BlockLength);
    }

    protected override void Dispose(bool disposing)
    {
        if (HostMemory.Free(ref _data))
            _device.Allocations.Add(-_length);
    }
}
