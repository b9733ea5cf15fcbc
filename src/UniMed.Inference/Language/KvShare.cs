namespace UniMed.Inference.Language;

/// <summary>What a scheduler has of the model's cache blocks: a fixed number, or as many as its requests come to need and others leave.</summary>
/// <remarks>Used by one thread at a time. Dispose gives all back.</remarks>
internal sealed class KvShare : IDisposable
{
    private readonly KvBlockPool _pool;
    private readonly bool _grows;
    private readonly List<KvReservation> _reservations = [];

    private KvShare(KvBlockPool pool, bool grows)
    {
        _pool = pool;
        _grows = grows;
    }

    /// <summary>Blocks it has.</summary>
    public List<int> Blocks { get; } = [];

    /// <summary>Blocks that it could come to have now.</summary>
    public int Limit => _grows ? Blocks.Count + _pool.Free : Blocks.Count;

    /// <summary>Most blocks it can ever have.</summary>
    public int Max => _grows ? _pool.Cache.Blocks : Blocks.Count;

    /// <summary>A fixed number; null when they are not free.</summary>
    public static KvShare? TryTake(KvBlockPool pool, int count)
    {
        var share = new KvShare(pool, grows: false);
        return share.TryLend(count) is null ? null : share;
    }

    /// <summary>A few, which become more as requests need them.</summary>
    /// <param name="pool">The model's blocks.</param>
    /// <param name="count">How many at first, where so many are free.</param>
    public static KvShare Growing(KvBlockPool pool, int count)
    {
        var share = new KvShare(pool, grows: true);
        if (share.TryLend(count) is null)
            share.TryLend(pool.Free);
        return share;
    }

    /// <summary>More blocks; null when it may have no more, or they are not free.</summary>
    public int[]? TryGrow(int count) => _grows ? TryLend(count) : null;

    public void Dispose()
    {
        _reservations.ForEach(reservation => reservation.Dispose());
        _reservations.Clear();
    }

    private int[]? TryLend(int count)
    {
        if (_pool.TryLend(count) is not { } reservation)
            return null;
        _reservations.Add(reservation);
        var blocks = new int[count];
        for (int i = 0; i < count; i++)
            blocks[i] = reservation.Take();
        Blocks.AddRange(blocks);
        return blocks;
    }
}
