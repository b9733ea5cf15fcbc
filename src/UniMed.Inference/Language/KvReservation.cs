namespace UniMed.Inference.Language;

/// <summary>Blocks on loan, handed out one by one and shared between sequences by counting. Dispose gives all back.</summary>
/// <remarks>Used by one thread at a time.</remarks>
internal sealed class KvReservation : IKvBlocks, IDisposable
{
    private readonly KvBlockPool _pool;
    private readonly int[] _blocks;
    private readonly Stack<int> _unused;
    private readonly Dictionary<int, int> _references = [];
    private bool _disposed;

    public KvReservation(KvBlockPool pool, int[] blocks)
    {
        _pool = pool;
        _blocks = blocks;
        _unused = new Stack<int>(blocks);
    }

    /// <inheritdoc/>
    public int Take()
    {
        int block = _unused.Pop();
        _references[block] = 1;
        return block;
    }

    /// <inheritdoc/>
    public void Share(int block) => _references[block]++;

    /// <inheritdoc/>
    public bool IsShared(int block) => _references[block] > 1;

    /// <inheritdoc/>
    public void Release(int block)
    {
        if (--_references[block] > 0)
            return;
        _references.Remove(block);
        _unused.Push(block);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _pool.Return(_blocks);
    }
}
