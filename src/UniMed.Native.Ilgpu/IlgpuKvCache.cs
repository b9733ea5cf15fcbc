using ILGPU;

namespace UniMed.Native.Ilgpu;

/// <summary>Keys and values as fp32, [block, key or value, kv_head, position in block, head_dim] for each layer. A layer is an allocation: OpenCL devices bound the size of one.</summary>
internal sealed class IlgpuKvCache(IlgpuDevice device, IlgpuMemory[] memory, int kvHeads, int headDim, int blocks, int blockSize)
    : KvCache(device, memory.Length, kvHeads, headDim, blocks, blockSize)
{
    ~IlgpuKvCache() => DisposeCore();

    /// <summary>Numbers of a block of one layer.</summary>
    public int BlockLength => 2 * KvHeads * BlockSize * HeadDim;

    /// <summary>A layer.</summary>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public ArrayView<float> Layer(int layer) => memory[layer].View<float>();

    protected override void DisposeCore()
    {
        foreach (IlgpuMemory layer in memory)
            layer.Dispose();
    }
}
