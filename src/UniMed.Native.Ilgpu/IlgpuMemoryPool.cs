using ILGPU;
using ILGPU.Runtime;
using UniMed.Native.Gpu;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// Device memory in size classes. What is given back is kept and handed out again at once: all work of a device runs in one order. What is kept is bounded. Thread-safe; giving back calls nothing of
/// the device, so that a finalizer may.
/// </summary>
internal sealed class IlgpuMemoryPool(Accelerator accelerator) : IDisposable
{
    private const long MaxKeptBytes = 1L << 30;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Stack<MemoryBuffer1D<uint, Stride1D.Dense>>> _kept = [];
    private readonly HashSet<MemoryBuffer1D<uint, Stride1D.Dense>> _live = [];
    private long _keptBytes;
    private long _inUseBytes;
    private bool _disposed;

    /// <summary>Bytes asked for and not given back.</summary>
    public long InUseBytes => Interlocked.Read(ref _inUseBytes);

    /// <summary>Memory with undefined contents.</summary>
    /// <param name="bytes">At least 1.</param>
    /// <exception cref="InsufficientMemoryException">It is not to be had, even with all that is kept given back.</exception>
    public IlgpuMemory Take(long bytes)
    {
        if (bytes > accelerator.MemorySize || bytes > 1L << 48)
            throw new InsufficientMemoryException($"{bytes:N0} bytes do not fit the memory of {accelerator.Name}.");
        long size = SizeClass.Of(bytes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_kept.TryGetValue(size, out Stack<MemoryBuffer1D<uint, Stride1D.Dense>>? buffers) && buffers.TryPop(out MemoryBuffer1D<uint, Stride1D.Dense>? buffer))
                _keptBytes -= size;
            else
                buffer = Allocate(size);
            _live.Add(buffer);
            Interlocked.Add(ref _inUseBytes, bytes);
            return new IlgpuMemory(this, buffer, bytes);
        }
    }

    /// <summary>Called by memory that is disposed.</summary>
    public void TakeBack(MemoryBuffer1D<uint, Stride1D.Dense> buffer, long bytes)
    {
        lock (_gate)
        {
            if (_disposed || !_live.Remove(buffer))
                return;
            long size = SizeClass.Of(bytes);
            if (!_kept.TryGetValue(size, out Stack<MemoryBuffer1D<uint, Stride1D.Dense>>? buffers))
                _kept.Add(size, buffers = []);
            buffers.Push(buffer);
            _keptBytes += size;
            Interlocked.Add(ref _inUseBytes, -bytes);
        }
    }

    /// <summary>Gives everything back, what is still in use too.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (MemoryBuffer1D<uint, Stride1D.Dense> buffer in _kept.Values.SelectMany(buffers => buffers).Concat(_live))
                buffer.Dispose();
            _kept.Clear();
            _live.Clear();
            _inUseBytes = 0;
        }
    }

    private MemoryBuffer1D<uint, Stride1D.Dense> Allocate(long size)
    {
        if (_keptBytes + size > MaxKeptBytes)
            Trim();
        try
        {
            return accelerator.Allocate1D<uint>(size / sizeof(uint));
        }
        catch (Exception error) when (error is AcceleratorException or OutOfMemoryException or OverflowException)
        {
            Trim();
            try
            {
                return accelerator.Allocate1D<uint>(size / sizeof(uint));
            }
            catch (Exception again) when (again is AcceleratorException or OutOfMemoryException or OverflowException)
            {
                throw new InsufficientMemoryException($"{accelerator.Name} has no {size:N0} bytes left: {again.Message}", again);
            }
        }
    }

    /// <summary>Gives what is kept back to the device, after all work that may use it.</summary>
    private void Trim()
    {
        accelerator.Synchronize();
        foreach (MemoryBuffer1D<uint, Stride1D.Dense> buffer in _kept.Values.SelectMany(buffers => buffers))
            buffer.Dispose();
        _kept.Clear();
        _keptBytes = 0;
    }
}
