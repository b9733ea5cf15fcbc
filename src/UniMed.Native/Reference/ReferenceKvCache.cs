using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>Keys and values as [layer, block, key or value, kv_head, position in block, head_dim]. Pages that are never written cost no memory.</summary>
internal sealed unsafe class ReferenceKvCache : KvCache
{
    private readonly ReferenceDevice _device;
    private readonly long _length;
    private nint _data;

    public ReferenceKvCache(ReferenceDevice device, int layers, int kvHeads, int headDim, int blocks, int blockSize)
        : base(layers, kvHeads, headDim, blocks, blockSize)
    {
        _device = device;
        Int128 length = (Int128)layers * blocks * 2 * kvHeads * blockSize * headDim;
        _length = length <= long.MaxValue ? (long)length : long.MaxValue;
        _data = HostMemory.Allocate(_length);
        _device.Allocations.Add(_length);
    }

    ~ReferenceKvCache() => Dispose(false);

    /// <summary>Elements of one block of one layer: keys, then values.</summary>
    public long BlockLength => 2L * KvHeads * BlockSize * HeadDim;

    /// <summary>True when its memory is given back.</summary>
    public bool IsDisposed => _data == 0;

    /// <summary>First key of a block; the caller has checked it.</summary>
    public float* Block(int layer, int block)
    {
        nint data = _data;
        ObjectDisposedException.ThrowIf(data == 0, this);
        return (float*)data + (((layer * (long)Blocks) + block) * BlockLength);
    }

    /// <summary>Key of a position inside a block, for one head.</summary>
    public float* Key(int layer, int block, int kvHead, int slot) => Block(layer, block) + ((((long)kvHead * BlockSize) + slot) * HeadDim);

    /// <summary>Value of a position inside a block, for one head.</summary>
    public float* Value(int layer, int block, int kvHead, int slot) => Key(layer, block, kvHead + KvHeads, slot);

    protected override void Dispose(bool disposing)
    {
        if (!HostMemory.Free(ref _data))
            return;
        _device.Allocations.Add(-_length);
    }
}
