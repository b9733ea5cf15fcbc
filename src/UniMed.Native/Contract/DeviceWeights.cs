namespace UniMed.Native;

/// <summary>Weights that a device has taken over, in the layout its kernels want. Opaque; made by the Load methods of <see cref="Device"/>, immutable, shared by any number of threads.</summary>
public abstract class DeviceWeights : IDisposable
{
    /// <summary>Bytes of stored weights that one pass over all of them reads.</summary>
    public abstract long ByteLength { get; }

    /// <summary>True after <see cref="Dispose()"/>: operations answer such weights with <see cref="ObjectDisposedException"/>.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsDisposed = true;
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives device memory back.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
