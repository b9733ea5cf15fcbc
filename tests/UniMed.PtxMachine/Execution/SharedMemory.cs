using System.Runtime.InteropServices;
using UniMed.PtxMachine.Memory;

namespace UniMed.PtxMachine.Execution;

/// <summary>
/// Shared memory of a block, and who wrote and read it since the last barrier. Between variables lie bytes that belong
/// to nobody.
/// </summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    /// <summary>Where the first variable begins; what lies before is the card's own.</summary>
    public const int FirstAddress = 1024;

    /// <summary>Most shared memory of a block.</summary>
    public const int MaxBytes = 227 * 1024;

    /// <summary>Least distance of two variables.</summary>
    public const int Gap = 64;

    private const int Capacity = 512 * 1024;
    private const uint UnderWay = uint.MaxValue;
    private const uint Nobody = uint.MaxValue - 1;
    private const uint LastStamp = uint.MaxValue - 65536;

    private readonly byte* _data = (byte*)NativeMemory.AlignedAlloc(Capacity, 256);
    private readonly uint* _writers = (uint*)NativeMemory.AllocZeroed(Capacity / Stamps.Grain, sizeof(uint));
    private readonly uint* _readers = (uint*)NativeMemory.AllocZeroed(Capacity / Stamps.Grain, sizeof(uint));
    private int _end;
    private uint _warps;
    private uint _blockBase;
    private uint _phase = 1;

    /// <summary>Prepares for a launch.</summary>
    /// <param name="pieces">Its variables and its dynamic memory.</param>
    /// <param name="warps">Warps of a block.</param>
    public void Prepare(IEnumerable<SharedPiece> pieces, int warps)
    {
        // The last launch may have had more warps: its stamps are to be older than those of this one.
        Barrier();
        _warps = (uint)warps;
        Stamps.Set(_writers, (_end + 1) / Stamps.Grain, 0);
        _end = 0;
        SharedPiece[] all = [.. pieces];
        foreach (SharedPiece piece in all)
            _end = Math.Max(_end, piece.Address + piece.Bytes + Gap);
        if (_end > Capacity)
            throw new InvalidOperationException($"{_end} bytes of shared memory with the gaps between variables are more than the machine holds ({Capacity}).");
        Stamps.Set(_writers, (_end + 1) / Stamps.Grain, Nobody);
        foreach (SharedPiece piece in all)
            Stamps.Set(_writers + (piece.Address / Stamps.Grain), (piece.Bytes + 1) / Stamps.Grain, 0);
    }

    /// <summary>Begins a block: nothing is written.</summary>
    public void Start()
    {
        if (_phase > LastStamp / 2)
            Forget();
        Barrier();
        _blockBase = _phase;
    }

    /// <summary>All warps have come to a barrier.</summary>
    public void Barrier()
    {
        if (_phase > LastStamp)
            throw new InvalidOperationException("The stamps of shared memory are used up: too many barriers in one block.");
        _phase += _warps + 1;
    }

    /// <summary>Where a byte lies.</summary>
    public byte* At(long address) => _data + address;

    /// <summary>Notes a read; returns what is wrong with it, or null.</summary>
    public string? Read(long address, int bytes, int warp)
    {
        if (Outside(address, bytes))
            return OutsideText("reads", address);
        uint own = _phase + 1 + (uint)warp;
        uint* writers = _writers + (address / Stamps.Grain);
        int count = Math.Max(1, bytes / Stamps.Grain);
        int found = Stamps.FirstForeign(writers, count, _phase, own);
        if (found >= 0)
            return Foreign("reads", address + (found * Stamps.Grain), writers[found]);
        found = Stamps.FirstBelow(writers, count, _blockBase);
        if (found >= 0)
            return $"reads shared memory at {address + (found * Stamps.Grain)} that was never written in this block";
        Stamps.Read(_readers + (address / Stamps.Grain), count, _phase, own);
        return null;
    }

    /// <summary>Notes a write; returns what is wrong with it, or null.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">Number of bytes.</param>
    /// <param name="warp">Who.</param>
    /// <param name="underWay">Whether it is done later only: <c>cp.async</c>.</param>
    public string? Write(long address, int bytes, int warp, bool underWay = false)
    {
        if (Outside(address, bytes))
            return OutsideText("writes", address);
        uint own = _phase + 1 + (uint)warp;
        uint* writers = _writers + (address / Stamps.Grain);
        uint* readers = _readers + (address / Stamps.Grain);
        int count = Math.Max(1, bytes / Stamps.Grain);
        int found = Stamps.FirstForeign(writers, count, _phase, own);
        if (found >= 0)
            return Foreign("writes", address + (found * Stamps.Grain), writers[found]);
        found = Stamps.FirstForeign(readers, count, _phase, own);
        if (found >= 0)
        {
            return readers[found] == _phase
                ? $"writes shared memory at {address} that several warps read since the last barrier: a race between warps"
                : $"writes shared memory at {address} that warp {readers[found] - _phase - 1} read since the last barrier: a race between warps";
        }

        Stamps.Set(writers, count, underWay ? UnderWay : own);
        return null;
    }

    /// <summary>A copy that was under way is done.</summary>
    public void Arrive(long address, ReadOnlySpan<byte> bytes, int warp)
    {
        bytes.CopyTo(new Span<byte>(_data + address, bytes.Length));
        Stamps.Set(_writers + (address / Stamps.Grain), bytes.Length / Stamps.Grain, _phase + 1 + (uint)warp);
    }

    /// <summary>A copy is forgotten: its block ended before it was waited for.</summary>
    public void Forget(long address, int bytes) => Stamps.Set(_writers + (address / Stamps.Grain), bytes / Stamps.Grain, 0);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        NativeMemory.Free(_writers);
        NativeMemory.Free(_readers);
    }

    /// <summary>Stamps begin anew.</summary>
    private void Forget()
    {
        for (int i = 0; i < Capacity / Stamps.Grain; i++)
        {
            _readers[i] = 0;
            if (_writers[i] < Nobody)
                _writers[i] = 0;
        }

        _phase = 1;
    }

    private bool Outside(long address, int bytes) => address < 0 || address + bytes > _end;

    private static string OutsideText(string does, long address) => $"{does} shared memory at {address}, outside of the block's variables";

    private string Foreign(string does, long address, uint stamp) => stamp switch
    {
        UnderWay => $"{does} shared memory at {address} while a cp.async to it has not been waited for",
        Nobody => OutsideText(does, address),
        _ => $"{does} shared memory at {address} that warp {stamp - _phase - 1} wrote since the last barrier: a race between warps",
    };
}
