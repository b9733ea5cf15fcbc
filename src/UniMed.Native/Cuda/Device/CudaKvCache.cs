namespace UniMed.Native.Cuda;

/// <summary>Keys and values on the card as binary16; native/cuda/language/cache.h has the picture. Slots and channels are filled up to multiples of 8.</summary>
internal sealed class CudaKvCache(CudaDevice device, CudaMemory memory, int layers, int kvHeads, int headDim, int blocks, int blockSize)
    : KvCache(device, layers, kvHeads, headDim, blocks, blockSize)
{
    ~CudaKvCache() => DisposeCore();

    /// <summary>Bytes of one block of one layer.</summary>
    public long BlockBytes => BytesOfBlock(KvHeads, HeadDim, BlockSize);

    /// <summary>Slots of a block, filling included.</summary>
    public int Slots => (BlockSize + 7) / 8 * 8;

    /// <summary>First block of a layer.</summary>
    public DevicePointer Layer(int layer) => memory.Pointer + (layer * (long)Blocks * BlockBytes);

    /// <summary>Bytes of one block of one layer of a cache with these sizes.</summary>
    public static long BytesOfBlock(int kvHeads, int headDim, int blockSize) => checked(2L * kvHeads * ((headDim + 7L) / 8 * 8) * ((blockSize + 7L) / 8 * 8) * sizeof(ushort));

    protected override void DisposeCore() => memory.Dispose();
}
