using UniMed.Native;

namespace UniMed.Inference.Language;

/// <summary>The blocks of the model's paged cache. Whoever runs passes borrows blocks for a long time and shares them out to its requests.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class KvBlockPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free;

    public KvBlockPool(KvCache cache)
    {
        Cache = cache;
        _free = new Stack<int>(cache.Blocks);
        for (int block = cache.Blocks - 1; block >= 0; block--)
            _free.Push(block);
    }

    /// <summary>The cache the blocks belong to.</summary>
    public KvCache Cache { get; }

    /// <summary>Blocks that nobody has borrowed.</summary>
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

    /// <summary>Lends blocks, if so many are free now; null otherwise.</summary>
    public KvReservation? TryLend(int count)
    {
        lock (_lock)
        {
            if (_free.Count < count)
                return null;
            var blocks = new int[count];
            for (int i = 0; i < count; i++)
                blocks[i] = _free.Pop();
            return new KvReservation(this, blocks);
        }
    }

    public void Dispose() => Cache.Dispose();

    internal void Return(int[] blocks)
    {
        lock (_lock)
        {
            foreach (int block in blocks)
                _free.Push(block);
        }
    }
}
