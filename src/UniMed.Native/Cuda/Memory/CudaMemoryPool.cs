using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>
/// Device memory in size classes. A block that is given back is kept and handed out again at once: to the same stream as it is, since that
/// stream's work runs in order; to another stream after it has been made to wait for the first. What is kept is bounded. Thread-safe.
/// </summary>
/// <remarks>While a stream is captured into a graph only blocks of its own that the pool has kept can be had; memory a graph uses must stay in use as long as the graph.</remarks>
internal sealed class CudaMemoryPool : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, List<(DevicePointer Pointer, CudaStream Stream)>> _cached = [];
    private readonly HashSet<DevicePointer> _live = [];
    private readonly CudaEvent _handOver;
    private long _allocatedBytes;
    private long _cachedBytes;
    private long _peakBytes;
    private bool _disposed;

    /// <summary>Creates a pool on a device; dispose it before the driver.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="maxCachedBytes">Most bytes to keep; what is given back beyond them goes back to the driver. Default 1 GiB.</param>
    public CudaMemoryPool(ICudaDriver driver, long maxCachedBytes = 1L << 30)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxCachedBytes);
        _driver = driver;
        MaxCachedBytes = maxCachedBytes;
        _handOver = driver.CreateEvent(timed: false);
    }

    /// <summary>Most bytes that are kept.</summary>
    public long MaxCachedBytes { get; }

    /// <summary>Memory at this moment.</summary>
    public CudaMemoryCounters Counters
    {
        get
        {
            lock (_gate)
                return new CudaMemoryCounters(_allocatedBytes, _cachedBytes, _peakBytes, _live.Count);
        }
    }

    /// <summary>Memory for the work of a stream, aligned to 256 bytes, contents undefined.</summary>
    /// <param name="bytes">At least 1.</param>
    /// <param name="stream">The stream whose work will use it. Other streams may too, if they are made to wait for it and it for them.</param>
    /// <exception cref="CudaOutOfMemoryException">It is not to be had, even with all kept blocks given back to the driver.</exception>
    public CudaMemory Allocate(long bytes, CudaStream stream)
    {
        long size = SizeClass.Of(bytes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!TryTakeCached(size, stream, out DevicePointer pointer))
            {
                pointer = AllocateNew(size);
                _allocatedBytes += size;
                _peakBytes = Math.Max(_peakBytes, _allocatedBytes);
            }

            _live.Add(pointer);
            return new CudaMemory(this, pointer, bytes, stream);
        }
    }

    /// <summary>Gives memory back, as its Dispose does, but insists that it is the first time.</summary>
    /// <exception cref="ArgumentException">It is of another pool.</exception>
    /// <exception cref="InvalidOperationException">It was given back before.</exception>
    public void Free(CudaMemory memory)
    {
        if (!memory.IsOf(this))
            throw new ArgumentException("This memory came from another pool.", nameof(memory));
        DevicePointer pointer = PointerOf(memory);
        if (!memory.TryMarkFreed())
            throw new InvalidOperationException($"These {memory.Bytes:N0} bytes were given back before.");
        TakeBack(memory, pointer);
    }

    /// <summary>Gives kept blocks back to the driver, the largest first, until at most so many bytes are kept. Waits for all work of the device.</summary>
    public void Trim(long keepBytes = 0)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            TrimTo(keepBytes);
        }
    }

    /// <summary>Gives everything back to the driver, what is still in use too: its <see cref="CudaMemory"/> must not be used any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            try
            {
                foreach (DevicePointer pointer in _cached.Values.SelectMany(blocks => blocks).Select(block => block.Pointer).Concat(_live))
                    _driver.Free(pointer);
                _driver.DestroyEvent(_handOver);
            }
            catch (CudaException error) when (error.IsDeviceLost)
            {
                // A lost device takes no calls; its memory goes with the driver.
            }

            _cached.Clear();
            _live.Clear();
            _allocatedBytes = _cachedBytes = 0;
        }
    }

    /// <summary>Called by memory that was marked as given back.</summary>
    public void TakeBack(CudaMemory memory, DevicePointer pointer)
    {
        lock (_gate)
        {
            if (_disposed || !_live.Remove(pointer))
                return;
            long size = SizeClass.Of(memory.Bytes);
            if (!_cached.TryGetValue(size, out List<(DevicePointer, CudaStream)>? blocks))
                _cached.Add(size, blocks = []);
            blocks.Add((pointer, memory.Stream));
            _cachedBytes += size;
            try
            {
                // A capture allows no free; the next block that comes back after it is trimmed with these.
                if (_cachedBytes > MaxCachedBytes && !_driver.IsCapturing(memory.Stream))
                    TrimTo(MaxCachedBytes);
            }
            catch (CudaException)
            {
                // This may be a finalizer, where an error ends the process. A lost device keeps the error for the next call; a block that the driver does not take stays
                // with the pool, and the next allocation that needs room tries it again and is told.
            }
        }
    }

    private static DevicePointer PointerOf(CudaMemory memory)
    {
        try
        {
            return memory.Pointer;
        }
        catch (ObjectDisposedException)
        {
            throw new InvalidOperationException($"These {memory.Bytes:N0} bytes were given back before.");
        }
    }

    private bool TryTakeCached(long size, CudaStream stream, out DevicePointer pointer)
    {
        pointer = default;
        if (!_cached.TryGetValue(size, out List<(DevicePointer Pointer, CudaStream Stream)>? blocks) || blocks.Count == 0)
            return false;
        int index = blocks.FindLastIndex(block => block.Stream == stream);
        if (index < 0 && _driver.IsCapturing(stream))
            return false;
        if (index < 0)
        {
            index = blocks.Count - 1;
            _driver.Record(_handOver, blocks[index].Stream);
            _driver.Wait(stream, _handOver);
        }

        pointer = blocks[index].Pointer;
        blocks.RemoveAt(index);
        _cachedBytes -= size;
        return true;
    }

    private DevicePointer AllocateNew(long size)
    {
        try
        {
            return _driver.Allocate(size);
        }
        catch (CudaOutOfMemoryException) when (_cachedBytes > 0)
        {
            TrimTo(0);
            return _driver.Allocate(size);
        }
    }

    private void TrimTo(long keepBytes)
    {
        foreach ((long size, List<(DevicePointer Pointer, CudaStream Stream)> blocks) in _cached.OrderByDescending(entry => entry.Key))
        {
            while (_cachedBytes > keepBytes && blocks.Count > 0)
            {
                _driver.Free(blocks[^1].Pointer);
                blocks.RemoveAt(blocks.Count - 1);
                _cachedBytes -= size;
                _allocatedBytes -= size;
            }
        }
    }
}
