namespace UniMed.Native.Cuda;

/// <summary>Memory of a pool at one moment, in bytes of size classes.</summary>
/// <param name="AllocatedBytes">Taken from the driver: in use and cached.</param>
/// <param name="CachedBytes">Given back to the pool and kept for the next.</param>
/// <param name="PeakAllocatedBytes">Most that was ever allocated at once.</param>
/// <param name="LiveBlocks">Blocks in use.</param>
internal readonly record struct CudaMemoryCounters(long AllocatedBytes, long CachedBytes, long PeakAllocatedBytes, int LiveBlocks)
{
    /// <summary>In use.</summary>
    public long InUseBytes => AllocatedBytes - CachedBytes;
}
