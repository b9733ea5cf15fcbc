namespace UniMed.Inference.Scheduling;

/// <summary>Features and visual tokens of images, kept by content within a budget of device memory. What requests use stays; of the rest the one not used for the longest time goes first.</summary>
/// <remarks>Thread-safe: studies let go on their callers' threads.</remarks>
internal sealed class VisualCache(long budgetBytes) : IDisposable
{
    private readonly Dictionary<VisualKey, Entry> _entries = [];
    private readonly LinkedList<Entry> _idle = [];
    private readonly HashSet<Entry> _forgotten = [];
    private readonly Lock _lock = new();
    private long _bytes;
    private long _toldBytes;
    private bool _disposed;

    /// <summary>Bytes that are kept, used or not.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes that are in use, and so cannot be let go.</summary>
    public long BytesInUse { get; private set; }

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether it is kept.</summary>
    public bool Contains(VisualKey key)
    {
        lock (_lock)
            return _entries.ContainsKey(key);
    }

    /// <summary>Whether so much more could stay beside what is in use.</summary>
    public bool CanKeep(long bytes)
    {
        lock (_lock)
            return BytesInUse + bytes <= budgetBytes;
    }

    /// <summary>Uses what is kept; dispose the result to let it go. Null when it is not there.</summary>
    public Lease? TryRent(VisualKey key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out Entry? entry))
                return null;
            if (entry.Users++ == 0)
            {
                _idle.Remove(entry.Node!);
                entry.Node = null;
                BytesInUse += entry.Bytes;
            }

            return new Lease(this, entry);
        }
    }

    /// <summary>Keeps something new and uses it.</summary>
    /// <param name="key">It is not there yet.</param>
    /// <param name="value">Disposed when it leaves.</param>
    /// <param name="bytes">Its device memory.</param>
    public Lease Add(VisualKey key, IDisposable value, long bytes)
    {
        var entry = new Entry(key, value, bytes) { Users = 1 };
        lock (_lock)
        {
            _entries.Add(key, entry);
            _bytes += bytes;
            BytesInUse += bytes;
            Trim();
        }

        Tell();
        return new Lease(this, entry);
    }

    /// <summary>Gives nothing of it out any more: what is idle goes at once, the rest when its last user leaves.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            while (_idle.First is { } oldest)
                Remove(oldest.Value);
            foreach (Entry entry in _entries.Values)
            {
                entry.IsForgotten = true;
                _forgotten.Add(entry);
            }

            _entries.Clear();
        }

        Tell();
    }

    /// <summary>Lets everything go, also what a study that nobody disposed still keeps. No request runs any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Entry entry in _entries.Values.Concat(_forgotten))
                entry.Value.Dispose();
            _entries.Clear();
            _forgotten.Clear();
            _idle.Clear();
            _bytes = BytesInUse = 0;
        }

        Tell();
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            if (_disposed || --entry.Users > 0)
                return;
            BytesInUse -= entry.Bytes;
            if (_forgotten.Remove(entry))
            {
                _bytes -= entry.Bytes;
                entry.Value.Dispose();
            }
            else
            {
                entry.Node = _idle.AddLast(entry);
                Trim();
            }
        }

        Tell();
    }

    /// <summary>Brings the host's meter up to date; outside the lock, since listeners are the host's.</summary>
    private void Tell()
    {
        long bytes = Bytes;
        long change = bytes - Interlocked.Exchange(ref _toldBytes, bytes);
        if (change != 0)
            HostListeners.Add(EngineTelemetry.VisualCacheBytes, change);
    }

    private void Trim()
    {
        while (_bytes > budgetBytes && _idle.First is { } oldest)
            Remove(oldest.Value);
    }

    private void Remove(Entry entry)
    {
        _idle.Remove(entry.Node!);
        _entries.Remove(entry.Key);
        _bytes -= entry.Bytes;
        entry.Value.Dispose();
    }

    /// <summary>Something kept.</summary>
    internal sealed class Entry(VisualKey key, IDisposable value, long bytes)
    {
        public VisualKey Key => key;

        public IDisposable Value => value;

        public long Bytes => bytes;

        public int Users { get; set; }

        public LinkedListNode<Entry>? Node { get; set; }

        public bool IsForgotten { get; set; }
    }

    /// <summary>A use of something kept. One that nobody disposes ends when it is collected: a study that a caller forgot keeps nothing for ever.</summary>
    internal sealed class Lease(VisualCache cache, Entry entry) : IDisposable
    {
        private int _left;

        ~Lease() => Dispose();

        /// <summary>True when the cache gives it out no more.</summary>
        public bool IsForgotten => entry.IsForgotten;

        /// <summary>What is kept.</summary>
        public IDisposable Value => entry.Value;

        /// <summary>What is kept, of the type its key says.</summary>
        public T As<T>() => (T)entry.Value;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) != 0)
                return;
            GC.SuppressFinalize(this);
            cache.Leave(entry);
        }
    }
}
