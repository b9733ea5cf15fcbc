using System.Runtime.InteropServices;
using UniMed.PtxMachine.Memory;

namespace UniMed.PtxMachine.Execution;

/// <summary>
/// Shared memory of a block, and which thread wrote and read it since a barrier. Between variables lie bytes that belong
/// to nobody.
/// </summary>
/// <remarks>
/// A stamp is the number of a span, times 64, plus the lane. A span is what a warp does between two barriers, of the
/// block or of the warp, and numbers grow: what is older than the block's last barrier is smaller than the first number
/// after it.
/// </remarks>
internal sealed unsafe class SharedMemory : IDisposable
{
    /// <summary>Where the first variable begins; what lies before is the card's own.</summary>
    public const int FirstAddress = 1024;

    /// <summary>Most shared memory of a block.</summary>
    public const int MaxBytes = 227 * 1024;

    /// <summary>The same for a kernel that nobody prepared for more.</summary>
    public const int MaxBytesUnasked = 48 * 1024;

    /// <summary>Least distance of two variables.</summary>
    public const int Gap = 64;

    private const int Capacity = 512 * 1024;
    private const uint LanesOfASpan = 64;
    private const uint SeveralLanes = 32;
    private const uint UnderWay = uint.MaxValue;
    private const uint Nobody = uint.MaxValue - 1;
    private const uint LastSpan = uint.MaxValue / LanesOfASpan / 2;

    private readonly byte* _data = (byte*)NativeMemory.AlignedAlloc(Capacity, 256);
    private readonly uint* _writers = (uint*)NativeMemory.AllocZeroed(Capacity / Stamps.Grain, sizeof(uint));
    private readonly uint* _readers = (uint*)NativeMemory.AllocZeroed(Capacity / Stamps.Grain, sizeof(uint));
    private readonly uint[] _spanOf = new uint[32];
    private readonly List<int> _warpOf = [];
    private int _end;
    private int _warps;
    private uint _blockBase;
    private uint _phase = 1;

    /// <summary>Stamps from here on were set since the block's last barrier; itself it says that several warps read.</summary>
    private uint SeveralWarps => _phase * LanesOfASpan;

    /// <summary>Prepares for a launch.</summary>
    /// <param name="pieces">Its variables and its dynamic memory.</param>
    /// <param name="warps">Warps of a block.</param>
    public void Prepare(IEnumerable<SharedPiece> pieces, int warps)
    {
        _warps = warps;
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
        if (_phase > LastSpan)
            Forget();
        Barrier();
        _blockBase = SeveralWarps;
    }

    /// <summary>All warps have come to a barrier.</summary>
    public void Barrier()
    {
        _phase += (uint)_warpOf.Count + 1;
        if (_phase > LastSpan * 2 - 65536)
            throw new InvalidOperationException("The stamps of shared memory are used up: too many barriers in one block.");
        _warpOf.Clear();
        for (int warp = 0; warp < _warps; warp++)
            WarpBarrier(warp);
    }

    /// <summary>A warp has come to a barrier of its own.</summary>
    public void WarpBarrier(int warp)
    {
        _warpOf.Add(warp);
        _spanOf[warp] = _phase + (uint)_warpOf.Count;
    }

    /// <summary>Where a byte lies.</summary>
    public byte* At(long address) => _data + address;

    /// <summary>Notes a read; returns what is wrong with it, or null.</summary>
    public string? Read(long address, int bytes, int warp, int lane)
    {
        if (Outside(address, bytes))
            return OutsideText("reads", address);
        uint span = _spanOf[warp];
        uint own = (span * LanesOfASpan) + (uint)lane;
        long first = address / Stamps.Grain;
        int count = Math.Max(1, bytes / Stamps.Grain);
        for (int i = 0; i < count; i++)
        {
            uint writer = _writers[first + i];
            if (writer >= SeveralWarps && writer != own && Conflict("reads", (first + i) * Stamps.Grain, writer, "wrote", warp) is { } problem)
                return problem;
            if (writer < _blockBase)
                return $"reads shared memory at {(first + i) * Stamps.Grain} that was never written in this block";
            uint reader = _readers[first + i];
            _readers[first + i] = reader < SeveralWarps || reader == own ? own
                : reader == SeveralWarps || WarpOf(reader) != warp ? SeveralWarps
                : reader / LanesOfASpan == span ? (span * LanesOfASpan) + SeveralLanes
                : own;
        }

        return null;
    }

    /// <summary>Notes a write; returns what is wrong with it, or null.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">Number of bytes.</param>
    /// <param name="warp">Whose.</param>
    /// <param name="lane">Who.</param>
    /// <param name="underWay">Whether it is done later only: <c>cp.async</c>.</param>
    public string? Write(long address, int bytes, int warp, int lane, bool underWay = false)
    {
        if (Outside(address, bytes))
            return OutsideText("writes", address);
        uint own = (_spanOf[warp] * LanesOfASpan) + (uint)lane;
        long first = address / Stamps.Grain;
        int count = Math.Max(1, bytes / Stamps.Grain);
        for (int i = 0; i < count; i++)
        {
            uint writer = _writers[first + i];
            if (writer >= SeveralWarps && writer != own && Conflict("writes", (first + i) * Stamps.Grain, writer, "wrote", warp) is { } problem)
                return problem;
            uint reader = _readers[first + i];
            if (reader >= SeveralWarps && reader != own && Conflict("writes", (first + i) * Stamps.Grain, reader, "read", warp) is { } wrong)
                return wrong;
            _writers[first + i] = underWay ? UnderWay : own;
        }

        return null;
    }

    /// <summary>A copy that was under way is done.</summary>
    public void Arrive(long address, ReadOnlySpan<byte> bytes, int warp, int lane)
    {
        bytes.CopyTo(new Span<byte>(_data + address, bytes.Length));
        Stamps.Set(_writers + (address / Stamps.Grain), bytes.Length / Stamps.Grain, (_spanOf[warp] * LanesOfASpan) + (uint)lane);
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
        _warpOf.Clear();
    }

    private bool Outside(long address, int bytes) => address < 0 || address + bytes > _end;

    private int WarpOf(uint stamp) => _warpOf[(int)(stamp / LanesOfASpan - _phase - 1)];

    private static string OutsideText(string does, long address) => $"{does} shared memory at {address}, outside of the block's variables";

    /// <summary>What is wrong with touching what another thread touched since the block's last barrier; null where a barrier of the warp stands between.</summary>
    private string? Conflict(string does, long address, uint stamp, string did, int warp)
    {
        if (stamp == UnderWay)
            return $"{does} shared memory at {address} while a cp.async to it has not been waited for";
        if (stamp == Nobody)
            return OutsideText(does, address);
        if (stamp == SeveralWarps)
            return $"{does} shared memory at {address} that several warps {did} since the last barrier: a race between warps";
        int other = WarpOf(stamp);
        if (other != warp)
            return $"{does} shared memory at {address} that warp {other} {did} since the last barrier: a race between warps";
        if (stamp / LanesOfASpan != _spanOf[warp])
            return null;
        uint lane = stamp % LanesOfASpan;
        string who = lane == SeveralLanes ? "several lanes" : $"lane {lane}";
        return $"{does} shared memory at {address} that {who} of this warp {did} since its last barrier: a race between lanes";
    }
}
