using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>The blocks of the model's paged cache. Requests reserve the most they can need before they start, so none runs out half way; others wait their turn.</summary>
/// <remarks>Thread-safe. First come, first served.</remarks>
internal sealed class KvBlockPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free;
    private int _lent;
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
    public int BlocksFor(int positions) => (int)(((long)positions + Cache.BlockSize - 1) / Cache.BlockSize);

    /// <summary>Gives blocks away for a long time, if they are free now and nobody waits; null otherwise. Requests that only fit with them are refused until they come back.</summary>
    public KvReservation? TryLend(int count)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 || _free.Count < count)
                return null;
            _lent += count;
            return Take(count, isLent: true);
        }
    }

    /// <summary>Reserves blocks, waiting until others give them back.</summary>
    /// <param name="count">Number of blocks.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UniMedException">The cache can never hold so many.</exception>
    public Task<KvReservation> ReserveAsync(int count, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (count > Cache.Blocks - _lent)
            {
                string lent = _lent == 0 ? "" : $", of which an engine has {_lent * (long)Cache.BlockSize}";
                throw new UniMedException(
                    UniMedFailure.InvalidInput,
                    $"The request needs a key-value cache of {count * (long)Cache.BlockSize} positions; the model was loaded with {Cache.Blocks * (long)Cache.BlockSize}{lent}. Ask for fewer new tokens (MaxNewTokens) or beams (NumBeams), or load the model with a larger KvCacheTokens.");
            }

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

    internal void Return(int[] blocks, bool wereLent)
    {
        lock (_lock)
        {
            _lent -= wereLent ? blocks.Length : 0;
            foreach (int block in blocks)
                _free.Push(block);
            ServeWaiting();
        }
    }

    private KvReservation Take(int count, bool isLent = false)
    {
        var blocks = new int[count];
        for (int i = 0; i < count; i++)
            blocks[i] = _free.Pop();
        return new KvReservation(this, blocks, isLent);
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
