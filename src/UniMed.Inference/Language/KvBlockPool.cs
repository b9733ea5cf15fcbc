using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>The blocks of the model's paged cache. Requests reserve the most they can need before they start, so none runs out half way; others wait their turn.</summary>
/// <remarks>Thread-safe. First come, first served.</remarks>
internal sealed class KvBlockPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free;
    private readonly LinkedList<(int Count, TaskCompletionSource<KvReservation> Ready)> _waiting = [];

    public KvBlockPool(KvCache cache)
    {
        Cache = cache;
        _free = new Stack<int>(Enumerable.Range(0, cache.Blocks).Reverse());
    }

    /// <summary>The cache the blocks belong to.</summary>
    public KvCache Cache { get; }

    /// <summary>Blocks that nobody has reserved.</summary>
    public int Free
    {
        get
        {
            lock (_lock)
                return _free.Count;
        }
    }

    /// <summary>Blocks that hold a number of positions.</summary>
    public int BlocksFor(int positions) => (positions + Cache.BlockSize - 1) / Cache.BlockSize;

    /// <summary>Reserves blocks if they are free now; null when they are not, or others wait.</summary>
    public KvReservation? TryReserve(int count)
    {
        lock (_lock)
            return _waiting.Count == 0 && _free.Count >= count ? Take(count) : null;
    }

    /// <summary>Reserves blocks, waiting until others give them back.</summary>
    /// <param name="count">Number of blocks.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UniMedException">The cache can never hold so many.</exception>
    public Task<KvReservation> ReserveAsync(int count, CancellationToken cancellationToken)
    {
        if (count > Cache.Blocks)
        {
            throw new UniMedException(
                $"The request needs a key-value cache of {count * (long)Cache.BlockSize} positions; the model was loaded with {Cache.Blocks * (long)Cache.BlockSize}. Load it with a larger KvCacheTokens, or ask for fewer tokens or beams.");
        }

        lock (_lock)
        {
            if (_waiting.Count == 0 && _free.Count >= count)
                return Task.FromResult(Take(count));
            var ready = new TaskCompletionSource<KvReservation>(TaskCreationOptions.RunContinuationsAsynchronously);
            LinkedListNode<(int, TaskCompletionSource<KvReservation>)> node = _waiting.AddLast((count, ready));
            CancellationTokenRegistration registration = cancellationToken.Register(() => Cancel(node, cancellationToken));
            _ = ready.Task.ContinueWith(_ => registration.Dispose(), TaskScheduler.Default);
            return ready.Task;
        }
    }

    public void Dispose() => Cache.Dispose();

    internal void Return(IEnumerable<int> blocks)
    {
        lock (_lock)
        {
            foreach (int block in blocks)
                _free.Push(block);
            ServeWaiting();
        }
    }

    private KvReservation Take(int count)
    {
        var blocks = new int[count];
        for (int i = 0; i < count; i++)
            blocks[i] = _free.Pop();
        return new KvReservation(this, blocks);
    }

    private void ServeWaiting()
    {
        while (_waiting.First is { } first && first.Value.Count <= _free.Count)
        {
            _waiting.RemoveFirst();
            first.Value.Ready.SetResult(Take(first.Value.Count));
        }
    }

    private void Cancel(LinkedListNode<(int Count, TaskCompletionSource<KvReservation> Ready)> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is null)
                return;
            _waiting.Remove(node);
            node.Value.Ready.SetCanceled(cancellationToken);
            ServeWaiting();
        }
    }
}
