namespace UniMed.Native.Cuda;

/// <summary>Memory of a CUDA device, or page-locked memory for copies to it, is not to be had. The device stays usable.</summary>
public sealed class CudaOutOfMemoryException : OutOfMemoryException
{
    internal CudaOutOfMemoryException(string device, string memory, long requestedBytes, long? freeBytes, Exception? inner = null)
        : base(
            $"{device}: {requestedBytes:N0} bytes of {memory} are not to be had"
            + (freeBytes is { } free ? $"; {free:N0} bytes are free" : "")
            + ". Close other models or programs that use the device, take weights of fewer bits (int8, int4), or ask for fewer or shorter requests at once.",
            inner)
    {
        RequestedBytes = requestedBytes;
        FreeBytes = freeBytes;
    }

    /// <summary>Bytes asked for.</summary>
    public long RequestedBytes { get; }

    /// <summary>Bytes the device had free at that moment (perhaps in pieces); null where that is unknown.</summary>
    public long? FreeBytes { get; }
}
