namespace UniMed.Native.Tests.Devices;

/// <summary>A cache that no device made.</summary>
public sealed class ForeignKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize) : KvCache(layers, kvHeads, headDim, blocks, blockSize)
{
    protected override void Dispose(bool disposing)
    {
    }
}
