namespace UniMed.PtxMachine.Execution;

/// <summary>A warp's copies to shared memory that are under way: their bytes arrive when the lane waits for their group.</summary>
internal sealed unsafe class AsyncCopies
{
    /// <summary>Bytes of one copy.</summary>
    public const int Bytes = 16;

    private readonly List<(int Lane, int Group, long To, UInt128 Data)> _copies = [];
    private readonly int[] _committed = new int[Lanes.Count];

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _copies.Clear();
        Array.Clear(_committed);
    }

    /// <summary>Marks the destinations of all that nobody waited for as never written.</summary>
    public void Forget(SharedMemory shared)
    {
        foreach ((int _, int _, long to, UInt128 _) in _copies)
            shared.Forget(to, Bytes);
        Clear();
    }

    /// <summary>A copy of a lane; it belongs to the group that the lane commits next.</summary>
    public void Add(int lane, long to, UInt128 data) => _copies.Add((lane, _committed[lane], to, data));

    /// <summary>Lanes close a group.</summary>
    public void Commit(uint lanes)
    {
        for (; lanes != 0; lanes &= lanes - 1)
            _committed[Lanes.First(lanes)]++;
    }

    /// <summary>Lanes wait until at most so many of their latest groups are under way.</summary>
    public void Wait(uint lanes, long pending, SharedMemory shared, int warp)
    {
        int kept = 0;
        for (int i = 0; i < _copies.Count; i++)
        {
            (int lane, int group, long to, UInt128 data) = _copies[i];
            if ((lanes >> lane & 1) != 0 && group < _committed[lane] - pending)
                shared.Arrive(to, new ReadOnlySpan<byte>(&data, Bytes), warp, lane);
            else
                _copies[kept++] = _copies[i];
        }

        _copies.RemoveRange(kept, _copies.Count - kept);
    }
}
