using System.Runtime.InteropServices;

namespace UniMed.Native.Reference;

/// <summary>Keys and values as [layer, block, key or value, kv_head, position in block, head_dim]. Pages that are never written cost no memory.</summary>
internal sealed unsafe class ReferenceKvCache : KvCache
{
    private readonly ReferenceDevice _device;
    private readonly long _length;
    private float* _data;

    public ReferenceKvCache(ReferenceDevice device, int layers, int kvHeads, int headDim, int blocks, int blockSize)
        : base(layers, kvHeads, headDim, blocks, blockSize)
    {
        _device = device;
        _length = checked(layers * (long)blocks * BlockLength);
        _data = (float*)NativeMemory.AlignedAlloc(checked((nuint)_length * sizeof(float)), 64);
        _device.AddAllocated(_length * sizeof(float));
    }

    ~ReferenceKvCache() => Dispose(false);

    /// <summary>Elements of one block of one layer: keys, then values.</summary>
    public long BlockLength => 2L * KvHeads * BlockSize * HeadDim;

    public float* Block(int layer, int block)
    {
        ObjectDisposedException.ThrowIf(_data == null, this);
        if ((uint)layer >= (uint)Layers || (uint)block >= (uint)Blocks)
            throw new ArgumentException($"Layer {layer}, block {block} of a cache with {Layers} layers and {Blocks} blocks.");
        return _data + (((layer * (long)Blocks) + block) * BlockLength);
    }

    /// <summary>Key of a position inside a block, for one head.</summary>
    public float* Key(int layer, int block, int kvHead, int slot) => Block(layer, block) + ((((long)kvHead * BlockSize) + slot) * HeadDim);

    /// <summary>Value of a position inside a block, for one head.</summary>
    public float* Value(int layer, int block, int kvHead, int slot) => Key(layer, block, kvHead + KvHeads, slot);

    protected override void Dispose(bool disposing)
    {
        if (_data == null)
            return;
        NativeMemory.AlignedFree(_data);
        _data = null;
        _device.AddAllocated(-_length * sizeof(float));
    }
}
