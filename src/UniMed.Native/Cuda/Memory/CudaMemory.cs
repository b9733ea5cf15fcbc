using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>Device memory out of a pool. Dispose gives it back once; work of its stream that was asked for before may still use it.</summary>
/// <remarks>Reading <see cref="Pointer"/> after that throws. Disposing again does nothing; <see cref="CudaMemoryPool.Free"/> again throws.</remarks>
internal sealed class CudaMemory : IGpuMemory
{
    private readonly CudaMemoryPool _pool;
    private readonly DevicePointer _pointer;
    private int _freed;

    /// <summary>Made by the pool.</summary>
    public CudaMemory(CudaMemoryPool pool, DevicePointer pointer, long bytes, CudaStream stream)
    {
        _pool = pool;
        _pointer = pointer;
        Bytes = bytes;
        Stream = stream;
    }

    /// <summary>Bytes asked for.</summary>
    public long Bytes { get; }

    /// <summary>The stream whose work uses it.</summary>
    public CudaStream Stream { get; }

    /// <summary>Where it is.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public DevicePointer Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _freed) != 0, this);
            return _pointer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (TryMarkFreed())
            _pool.TakeBack(this, _pointer);
    }

    /// <summary>True for the one call that frees it.</summary>
    public bool TryMarkFreed() => Interlocked.Exchange(ref _freed, 1) == 0;

    /// <summary>Whether it came from this pool.</summary>
    public bool IsOf(CudaMemoryPool pool) => ReferenceEquals(_pool, pool);
}
