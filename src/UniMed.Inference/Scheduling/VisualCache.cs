namespace UniMed.Inference.Scheduling;

/// <summary>Features and visual tokens of images, kept by content within a budget of device memory. What requests use stays; of the rest the one not used for the longest time goes first.</summary>
/// <remarks>Thread-safe: studies let go on their callers' threads.</remarks>
internal sealed class VisualCache(long budgetBytes) : IDisposable
{
    private readonly Dictionary<VisualKey, Entry> _entries = [];
    private readonly LinkedList<Entry> _idle = [];
    private readonly Lock _lock = new();
    private long _bytes;
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

        return new Lease(this, entry);
    }

    /// <summary>Lets everything go that nobody uses.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            while (_idle.First is { } oldest)
                Remove(oldest.Value);
        }
    }

    /// <summary>Lets everything go, also what a study that nobody disposed still keeps. No request runs any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Entry entry in _entries.Values)
                entry.Value.Dispose();
            _entries.Clear();
            _idle.Clear();
            _bytes = BytesInUse = 0;
        }
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            if (_disposed || --entry.Users > 0)
                return;
            entry.Node = _idle.AddLast(entry);
            BytesInUse -= entry.Bytes;
            Trim();
        }
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
    }

    /// <summary>A use of something kept.</summary>
    internal sealed class Lease(VisualCache cache, Entry entry) : IDisposable
    {
        private bool _left;

        /// <summary>What is kept.</summary>
        public IDisposable Value => entry.Value;

        /// <summary>What is kept, of the type its key says.</summary>
        public T As<T>() => (T)entry.Value;

        public void Dispose()
        {
            if (_left)
                return;
            _left = true;
            cache.Leave(entry);
        }
    }
}
