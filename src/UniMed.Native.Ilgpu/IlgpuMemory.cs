using ILGPU;
using ILGPU.Runtime;
using UniMed.Native.Gpu;

namespace UniMed.Native.Ilgpu;

/// <summary>Device memory out of a pool. Dispose gives it back once; work that was asked for before may still use it, since all work of a device runs in order.</summary>
internal sealed class IlgpuMemory(IlgpuMemoryPool pool, MemoryBuffer1D<uint, Stride1D.Dense> buffer, long bytes) : IGpuMemory
{
    private MemoryBuffer1D<uint, Stride1D.Dense>? _buffer = buffer;

    /// <summary>Bytes asked for.</summary>
    public long Bytes => bytes;

    /// <summary>The memory as numbers of a type.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public ArrayView<T> View<T>()
        where T : unmanaged
    {
        MemoryBuffer1D<uint, Stride1D.Dense>? live = _buffer;
        ObjectDisposedException.ThrowIf(live is null, this);
        ArrayView<uint> words = live.View;
        return words.Cast<T>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } live)
            pool.TakeBack(live, bytes);
    }
}
