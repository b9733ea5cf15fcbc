namespace UniMed.Inference.Scheduling;

/// <summary>Requests that wait, bounded: higher priorities first, equal ones in the order they came.</summary>
/// <remarks>Thread-safe. One thread takes.</remarks>
/// <param name="capacity">Most requests that may wait.</param>
/// <param name="log">Where it reports.</param>
internal sealed class EngineQueue(int capacity, EngineLog log) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<EngineJob> _jobs = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private long _refused;
    private int _unfinished;
    private bool _closed;

    /// <summary>Number of waiting requests.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _jobs.Count;
        }
    }

    /// <summary>Requests that were added and have not ended.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>A request that was added has ended; told before its caller hears of it.</summary>
    public void CountEnd() => Interlocked.Decrement(ref _unfinished);

    /// <summary>Adds a request; false when it is closed.</summary>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    public bool TryAdd(EngineJob job)
    {
        int waiting;
        long refused;
        bool full;
        lock (_gate)
        {
            if (_closed)
                return false;
            waiting = _jobs.Count;
            full = waiting >= capacity;
            refused = full ? _refused + 1 : _refused;
            _refused = full ? refused : 0;
            if (!full)
            {
                Interlocked.Increment(ref _unfinished);
                Insert(job);
            }
        }

        if (full)
        {
            // An overload is one event, however many it refuses: a log that grows with them would add to it.
            if (refused == 1)
                log.QueueFull(waiting);
            throw new EngineOverloadedException(waiting);
        }

        _arrived.Release();
        if (refused > 0)
            log.QueueOpen(refused);
        return true;
    }

    /// <summary>The waiting requests, first to be taken first.</summary>
    public EngineJob[] Snapshot()
    {
        lock (_gate)
            return [.. _jobs];
    }

    /// <summary>Takes a request out.</summary>
    public void Remove(EngineJob job)
    {
        lock (_gate)
        {
            if (_jobs.Remove(job))
                HostListeners.Add(EngineTelemetry.Queued, -1);
        }
    }

    /// <summary>Takes no more requests.</summary>
    public void Close()
    {
        lock (_gate)
            _closed = true;
        _arrived.Release();
    }

    public void Dispose() => _arrived.Dispose();

    /// <summary>True when no more requests come.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
                return _closed;
        }
    }

    private void Insert(EngineJob job)
    {
        int at = _jobs.Count;
        while (at > 0 && _jobs[at - 1].Options.Priority < job.Options.Priority)
            at--;
        _jobs.Insert(at, job);
        HostListeners.Add(EngineTelemetry.Queued, 1);
    }

    /// <summary>Waits for something to happen: an arrival, the end, or the time being over; <see cref="Timeout.InfiniteTimeSpan"/> for no time.</summary>
    public void Wait(TimeSpan atMost)
    {
        if (_arrived.Wait(atMost))
        {
            // Arrivals that came together are looked at together.
            while (_arrived.Wait(0))
            {
            }
        }
    }
}
