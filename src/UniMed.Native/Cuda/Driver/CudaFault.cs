namespace UniMed.Native.Cuda;

/// <summary>The first error that lost a device. Every later call fails with it as the cause. Thread-safe.</summary>
internal sealed class CudaFault
{
    private CudaException? _first;

    /// <summary>The error that lost the device; null while it works.</summary>
    public CudaException? First => Volatile.Read(ref _first);

    /// <summary>Notes an error, if it is the first that loses the device, and gives it back to be thrown.</summary>
    public CudaException Note(CudaException error)
    {
        if (error.IsDeviceLost)
            Interlocked.CompareExchange(ref _first, error, null);
        return error;
    }

    /// <summary>Throws when the device is lost.</summary>
    public void ThrowIfLost(string operation)
    {
        if (First is { } first)
            Throw(operation, first);
    }

    private static void Throw(string operation, CudaException first) => throw new CudaException(operation, first);
}
