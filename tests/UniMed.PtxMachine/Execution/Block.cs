using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Memory;

namespace UniMed.PtxMachine.Execution;

/// <summary>A block under way, and what runs one block after the other: warps, shared memory.</summary>
internal sealed unsafe class Block(DeviceMemory memory) : IDisposable
{
    private readonly List<Warp> _warps = [];
    private Program _program = null!;
    private LaunchShape _shape;
    private byte[] _parameters = [];
    private long _number;

    /// <summary>Shared memory.</summary>
    public SharedMemory Shared { get; } = new();

    /// <summary>Device memory as this block sees it.</summary>
    public GlobalView Global { get; } = new(memory);

    /// <summary>Whether the launch may have started before the kernels before it have ended.</summary>
    public bool IsDependent => _shape.Dependent;

    /// <summary>Backward jumps of a warp after which the kernel counts as endless.</summary>
    public int MaxJumps { get; private set; }

    /// <summary>What adds the products of <c>mma</c>.</summary>
    public TensorCore TensorCore { get; private set; } = TensorCore.OneByOne;

    private int Warps => (_shape.Threads + Lanes.Count - 1) / Lanes.Count;

    /// <summary>Prepares for a launch.</summary>
    public void Prepare(Program program, in LaunchShape shape, byte[] parameters, Machine machine)
    {
        MaxJumps = machine.MaxJumps;
        TensorCore = machine.TensorCore;
        _program = program;
        _shape = shape;
        _parameters = parameters;
        Shared.Prepare(
            shape.SharedBytes > 0 ? program.Shared.Append(new SharedPiece(program.DynamicShared, shape.SharedBytes)) : program.Shared, Warps);
        while (_warps.Count < Warps)
            _warps.Add(new Warp());
        for (int i = 0; i < Warps; i++)
            _warps[i].Prepare(program, this, i);
    }

    /// <summary>Runs a block to its end.</summary>
    /// <param name="number">Number of the block in its grid.</param>
    /// <param name="first">First stamp of the launch.</param>
    /// <param name="fence">What was done before the launch.</param>
    public void Run(long number, uint first, uint fence)
    {
        _number = number;
        Global.Start(first, number, fence, _shape.Dependent);
        Shared.Start();
        for (int i = 0; i < Warps; i++)
            _warps[i].Start(LanesOf(i));
        while (true)
        {
            int waiting = 0;
            for (int i = 0; i < Warps; i++)
            {
                if (_warps[i].State != WarpState.Ended)
                    _warps[i].Run();
                if (_warps[i].State == WarpState.AtBarrier)
                    waiting++;
            }

            if (waiting == 0)
                break;
            if (waiting < Warps)
                throw MissedBarrier();
            Shared.Barrier();
        }

        for (int i = 0; i < Warps; i++)
            _warps[i].Copies.Forget(Shared);
    }

    /// <summary>Lanes of a warp that are threads of the block.</summary>
    public uint LanesOf(int warp)
    {
        int threads = _shape.Threads - (warp * Lanes.Count);
        return threads >= Lanes.Count ? uint.MaxValue : (1u << threads) - 1;
    }

    /// <summary>Fills a place beside a warp's registers.</summary>
    public void Fill(Warp warp, Slot slot)
    {
        if (slot.Kind == SlotKind.Parameter)
        {
            fixed (byte* parameter = &_parameters[slot.Bits])
                Fill(warp, slot, slot.Wide ? *(ulong*)parameter : *(uint*)parameter);
            return;
        }

        if (slot.Kind is SlotKind.ThreadX or SlotKind.Lane)
        {
            uint* lanes = (uint*)(warp.Registers + slot.Place);
            for (uint i = 0; i < Lanes.Count; i++)
                lanes[i] = slot.Kind == SlotKind.Lane ? i : ((uint)warp.Index * Lanes.Count) + i;
            return;
        }

        Fill(warp, slot, slot.Kind switch
        {
            SlotKind.Constant => slot.Bits,
            SlotKind.ThreadsX => (ulong)_shape.Threads,
            SlotKind.BlocksX => (ulong)_shape.X,
            SlotKind.BlocksY => (ulong)_shape.Y,
            SlotKind.BlocksZ => (ulong)_shape.Z,
            SlotKind.DynamicSharedBytes => (ulong)_shape.SharedBytes,
            SlotKind.BlockX => (ulong)(_number % _shape.X),
            SlotKind.BlockY => (ulong)(_number / _shape.X % _shape.Y),
            _ => (ulong)(_number / _shape.X / _shape.Y),
        });
    }

    /// <summary>An error of an instruction.</summary>
    public PtxFault Fault(Warp warp, Instruction instruction, string problem, int lane)
    {
        long x = _number % _shape.X;
        long y = _number / _shape.X % _shape.Y;
        long z = _number / _shape.X / _shape.Y;
        string who = lane < 0 ? $"warp {warp.Index}" : $"warp {warp.Index}, lane {lane}";
        return new PtxFault($"kernel {_program.Name}, PTX line {instruction.Line} ({instruction.Text}), block ({x}, {y}, {z}), {who}: {problem}");
    }

    public void Dispose()
    {
        foreach (Warp warp in _warps)
            warp.Dispose();
        Shared.Dispose();
    }

    private PtxFault MissedBarrier()
    {
        Warp at = _warps.First(warp => warp.State == WarpState.AtBarrier);
        Warp ended = _warps.First(warp => warp.State == WarpState.Ended);
        return at.Fault($"warp {ended.Index} ended and never comes to this barrier");
    }

    private static void Fill(Warp warp, Slot slot, ulong bits)
    {
        int bytes = slot.Wide ? Lanes.Bytes64 : Lanes.Bytes32;
        Vector512<ulong> all = slot.Wide ? Vector512.Create(bits) : Vector512.Create((uint)bits).AsUInt64();
        for (int i = 0; i < bytes; i += 64)
            all.StoreAligned((ulong*)(warp.Registers + slot.Place + i));
    }
}
