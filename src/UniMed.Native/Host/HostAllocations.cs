namespace UniMed.Native.Host;

/// <summary>What a device in host memory has allocated. Thread-safe.</summary>
internal sealed class HostAllocations
{
    private long _bytes;

    /// <summary>Bytes in use.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Counts fp32 numbers that were taken, or given back when negative.</summary>
    public void Add(long elements) => Interlocked.Add(ref _bytes, elements * sizeof(float));
}
