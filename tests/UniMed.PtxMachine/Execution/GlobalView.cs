using UniMed.PtxMachine.Memory;

namespace UniMed.PtxMachine.Execution;

/// <summary>Device memory as one block sees it: bounds, and what other blocks and other kernels do to it.</summary>
internal sealed unsafe class GlobalView(DeviceMemory memory)
{
    private Allocation? _last;
    private uint _several;
    private uint _own;
    private uint _fence;
    private bool _dependent;

    /// <summary>Begins a block.</summary>
    /// <param name="first">First stamp of the launch.</param>
    /// <param name="block">Number of the block.</param>
    /// <param name="fence">What was done before the launch.</param>
    /// <param name="dependent">Whether the launch may start before earlier ones have ended.</param>
    public void Start(uint first, long block, uint fence, bool dependent)
    {
        _last = null;
        _several = first;
        _own = first + 1 + (uint)block;
        _fence = fence;
        _dependent = dependent;
    }

    /// <summary>Notes a read; returns what is wrong with it, or null.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">Number of bytes.</param>
    /// <param name="waited">Whether the lane has waited for earlier kernels.</param>
    /// <param name="constant">Whether the launch promises that nobody writes there (<c>.nc</c>).</param>
    public string? Read(ulong address, int bytes, bool waited, bool constant)
    {
        if (Find(address, bytes) is not { } allocation)
            return Outside("reads", address, bytes);
        Grains(allocation, address, bytes, out uint* writers, out uint* readers, out int count);
        int found = Stamps.FirstForeign(writers, count, _several, constant ? 0 : _own);
        if (found >= 0)
        {
            return constant
                ? $"a load with .nc reads 0x{address:x}, which block {writers[found] - _several - 1} of this launch writes"
                : $"reads 0x{address:x}, which block {writers[found] - _several - 1} of this launch writes: a race between blocks";
        }

        if (_dependent && !waited && Stamps.FirstForeign(writers, count, _fence + 1, _own) >= 0)
            return $"reads 0x{address:x}, which an earlier kernel wrote, before griddepcontrol.wait";
        if (constant)
            Stamps.Set(readers, count, _several);
        else
            Stamps.Read(readers, count, _several, _own);
        return null;
    }

    /// <summary>Notes a write; returns what is wrong with it, or null.</summary>
    public string? Write(ulong address, int bytes, bool waited)
    {
        if (Find(address, bytes) is not { } allocation)
            return Outside("writes", address, bytes);
        if (_dependent && !waited)
            return $"writes 0x{address:x} before griddepcontrol.wait";
        Grains(allocation, address, bytes, out uint* writers, out uint* readers, out int count);
        int found = Stamps.FirstForeign(writers, count, _several, _own);
        if (found >= 0)
            return $"writes 0x{address:x}, which block {writers[found] - _several - 1} of this launch writes: a race between blocks";
        found = Stamps.FirstForeign(readers, count, _several, _own);
        if (found >= 0)
        {
            return readers[found] == _several
                ? $"writes 0x{address:x}, which several blocks of this launch or a load with .nc read"
                : $"writes 0x{address:x}, which block {readers[found] - _several - 1} of this launch reads: a race between blocks";
        }

        Stamps.Set(writers, count, _own);
        return null;
    }

    /// <summary>What is wrong with asking for a line in advance, or null.</summary>
    public string? Prefetch(ulong address) => Find(address, 1) is null ? Outside("prefetches", address, 1) : null;

    private Allocation? Find(ulong address, int bytes)
    {
        if (_last is { } last && last.Contains(address, bytes))
            return last;
        Allocation? found = memory.Find(address, bytes);
        if (found is not null)
            _last = found;
        return found;
    }

    private string Outside(string does, ulong address, int bytes) =>
        $"{does} {bytes} bytes at 0x{address:x}, outside of device memory in use: {memory.Describe(address)}";

    private static void Grains(Allocation allocation, ulong address, int bytes, out uint* writers, out uint* readers, out int count)
    {
        long first = (long)(address - allocation.Base) / Stamps.Grain;
        writers = allocation.Writers + first;
        readers = allocation.Readers + first;
        count = Math.Max(1, bytes / Stamps.Grain);
    }
}
