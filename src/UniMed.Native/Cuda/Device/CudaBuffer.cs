namespace UniMed.Native.Cuda;

/// <summary>fp32 activations in the card's memory.</summary>
internal sealed class CudaBuffer(CudaDevice device, CudaMemory? memory, long length) : DeviceBuffer(length)
{
    private CudaMemory? _memory = memory;
    private bool _disposed;

    /// <summary>The device it lives on.</summary>
    public CudaDevice Device => device;

    /// <summary>Its first element; null for an empty buffer.</summary>
    public DevicePointer Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _memory?.Pointer ?? DevicePointer.Null;
        }
    }

    ~CudaBuffer() => Dispose(false);

    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        Interlocked.Exchange(ref _memory, null)?.Dispose();
    }
}
