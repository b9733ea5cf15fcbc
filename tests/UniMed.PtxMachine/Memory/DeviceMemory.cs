namespace UniMed.PtxMachine.Memory;

/// <summary>Device memory: its pieces, and the stamps that launches hand out to their blocks.</summary>
internal sealed class DeviceMemory : IDisposable
{
    private readonly SortedList<ulong, Allocation> _allocations = [];
    private Allocation[] _sorted = [];

    /// <summary>All pieces, by their addresses.</summary>
    public IReadOnlyList<Allocation> Allocations => _sorted;

    /// <summary>The last stamp that was handed out.</summary>
    public uint Last { get; private set; } = 1;

    /// <summary>Everything stamped up to here is done and seen by every kernel that starts now, whether it waits or not.</summary>
    public uint Fence { get; private set; } = 1;

    /// <summary>Allocates.</summary>
    public Allocation Allocate(long bytes)
    {
        var allocation = new Allocation(bytes);
        _allocations.Add(allocation.Base, allocation);
        _sorted = [.. _allocations.Values];
        return allocation;
    }

    /// <summary>Takes in a piece that somebody else allocated, unless it is known. What overlaps it has been given back since.</summary>
    public void Adopt(ulong address, long bytes)
    {
        if (_allocations.TryGetValue(address, out Allocation? known) && known.Bytes == bytes)
            return;
        foreach (Allocation stale in _sorted.Where(piece => piece.Base < address + (ulong)bytes && address < piece.Base + (ulong)piece.Bytes))
        {
            _allocations.Remove(stale.Base);
            stale.Dispose();
        }

        _allocations.Add(address, new Allocation(address, bytes));
        _sorted = [.. _allocations.Values];
    }

    /// <summary>Gives a piece back; false where none begins there.</summary>
    public bool Free(ulong address)
    {
        if (!_allocations.Remove(address, out Allocation? allocation))
            return false;
        _sorted = [.. _allocations.Values];
        allocation.Dispose();
        return true;
    }

    /// <summary>The piece that a range lies in; null where it lies in none.</summary>
    public Allocation? Find(ulong address, long bytes)
    {
        Allocation[] sorted = _sorted;
        int low = 0;
        int high = sorted.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].Base <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return high >= 0 && sorted[high].Contains(address, bytes) ? sorted[high] : null;
    }

    /// <summary>What a range lies beside, for an error.</summary>
    public string Describe(ulong address)
    {
        Allocation? before = null;
        foreach (Allocation allocation in _sorted)
        {
            if (allocation.Base <= address)
                before = allocation;
        }

        return before is null
            ? "it lies before all device memory in use"
            : $"the nearest piece before it has {before.Bytes} bytes, and it lies {address - before.Base} bytes from that one's start";
    }

    /// <summary>Everything so far is done: a copy, or a launch that waits for the one before it as a whole.</summary>
    public void Settle() => Fence = Last;

    /// <summary>Hands out the stamps of a launch: the first is for "several blocks", one more for each block.</summary>
    public uint Begin(long blocks)
    {
        if (Last > uint.MaxValue - blocks - 16)
            throw new InvalidOperationException("The stamps of device memory are used up: more than 4,000,000,000 blocks have run. Open the device again.");
        uint first = Last + 1;
        Last = first + (uint)blocks;
        return first;
    }

    public void Dispose()
    {
        foreach (Allocation allocation in _allocations.Values)
            allocation.Dispose();
        _allocations.Clear();
        _sorted = [];
    }
}
