namespace UniMed.Native;

/// <summary>What a device made: a buffer, weights, a cache or a step. It works on that device alone.</summary>
/// <remarks>Every operation refuses another device's object, also one of the same type, with an <see cref="ArgumentException"/> that names both.</remarks>
public abstract class DeviceObject : IDisposable
{
    private int _disposed;

    /// <summary>Creates the base of what a device makes.</summary>
    /// <param name="device">The device that makes it.</param>
    protected DeviceObject(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Device = device;
    }

    /// <summary>The device that made it.</summary>
    public Device Device { get; }

    /// <summary>True after <see cref="Dispose()"/>: operations answer with <see cref="ObjectDisposedException"/>.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        DisposeCore();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives memory of the device back; called once, by <see cref="Dispose"/> or by a finalizer of the object that holds it.</summary>
    protected virtual void DisposeCore()
    {
    }
}
