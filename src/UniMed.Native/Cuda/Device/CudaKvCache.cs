namespace UniMed.Native.Cuda.Device;

/// <summary>Keys and values on the card as binary16: [layer, block, key or value, kv_head, slot, head_dim] (native/cuda/language/paged_cache.h).</summary>
internal sealed class CudaKvCache(CudaDevice device, CudaMemory memory, int layers, int kvHeads, int headDim, int blocks, int blockSize)
    : KvCache(layers, kvHeads, headDim, blocks, blockSize)
{
    ~CudaKvCache() => Dispose(false);

    /// <summary>The device it lives on.</summary>
    public CudaDevice Device => device;

    /// <summary>Bytes of one block of one layer.</summary>
    public long BlockBytes => 2L * KvHeads * BlockSize * HeadDim * sizeof(ushort);

    /// <summary>First block of a layer.</summary>
    public DevicePointer Layer(int layer) => memory.Pointer + (layer * (long)Blocks * BlockBytes);

    protected override void Dispose(bool disposing) => memory.Dispose();
}
