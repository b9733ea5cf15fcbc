using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Execution;

/// <summary>
/// 32 lanes that run a kernel together. Where a branch parts them they go one way after the other and meet again where
/// all ways from the branch meet (its immediate post-dominator), as a card lets them.
/// </summary>
internal sealed unsafe class Warp : IDisposable
{
    private const int RegisterAlignment = 64;

    private readonly List<PathEntry> _paths = [];
    private byte* _memory;
    private nuint _bytes;
    private Program _program = null!;
    private int _current;
    private int _next;
    private int _until;
    private uint _lanes;
    private int _jumps;

    /// <summary>Its block.</summary>
    public Block Block { get; private set; } = null!;

    /// <summary>Its number in the block.</summary>
    public int Index { get; private set; }

    /// <summary>Registers and slots.</summary>
    public byte* Registers { get; private set; }

    /// <summary>Predicates, a bit for each lane.</summary>
    public uint* Predicates { get; private set; }

    /// <summary>Which lanes have written each register that is read in doubt.</summary>
    public uint* Written { get; private set; }

    /// <summary>Lanes that run the present instruction.</summary>
    public uint Active { get; private set; }

    /// <summary>Whether those are all 32.</summary>
    public bool AllActive { get; private set; }

    /// <summary>Mask of the lower 16 lanes.</summary>
    public Vector512<uint> Active0 { get; private set; }

    /// <summary>Mask of the upper 16 lanes.</summary>
    public Vector512<uint> Active1 { get; private set; }

    /// <summary>Lanes that are threads of the block and have not ended.</summary>
    public uint Alive { get; private set; }

    /// <summary>Lanes that have waited for the kernels before this one.</summary>
    public uint Waited { get; set; }

    /// <summary>Copies to shared memory that are under way.</summary>
    public AsyncCopies Copies { get; } = new();

    /// <summary>What it is doing.</summary>
    public WarpState State { get; set; }

    /// <summary>The instruction under way.</summary>
    public Instruction Instruction => _program.Code[_current];

    /// <summary>Prepares for a launch.</summary>
    public void Prepare(Program program, Block block, int index)
    {
        _program = program;
        Block = block;
        Index = index;
        nuint predicates = (nuint)(program.Predicates * sizeof(uint) + 63) / 64 * 64;
        nuint written = (nuint)(program.Registers * sizeof(uint) + 63) / 64 * 64;
        nuint needed = (nuint)program.RegisterBytes + predicates + written;
        if (needed > _bytes)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = (byte*)NativeMemory.AlignedAlloc(needed, RegisterAlignment);
            _bytes = needed;
        }

        Registers = _memory;
        Predicates = (uint*)(_memory + program.RegisterBytes);
        Written = (uint*)((byte*)Predicates + predicates);
        NativeMemory.Clear(Registers, (nuint)program.RegisterBytes);
        NativeMemory.Clear(Predicates, predicates);
        Predicates[program.Predicates - 1] = uint.MaxValue;
        foreach (Slot slot in program.Slots)
            block.Fill(this, slot);
    }

    /// <summary>Begins a block.</summary>
    public void Start(uint lanes)
    {
        NativeMemory.Clear(Written, (nuint)(_program.Registers * sizeof(uint)));
        foreach (Slot slot in _program.Slots)
        {
            if (slot.Kind is SlotKind.BlockX or SlotKind.BlockY or SlotKind.BlockZ)
                Block.Fill(this, slot);
        }

        Alive = lanes;
        Waited = 0;
        _jumps = 0;
        State = WarpState.Running;
        Copies.Clear();
        _paths.Clear();
        _current = 0;
        _until = int.MaxValue;
        _lanes = lanes;
        SetActive(lanes);
        _next = 0;
    }

    /// <summary>Runs until a barrier or the end.</summary>
    public void Run()
    {
        Instruction[] code = _program.Code;
        State = WarpState.Running;
        while (State == WarpState.Running)
        {
            if (_next == _until)
            {
                TakeNextPath();
                continue;
            }

            if (_next >= code.Length)
                throw Fault("the kernel goes on behind its last instruction");
            _current = _next;
            Instruction instruction = code[_next++];
            if (instruction.IsPlain)
                instruction.Run(this, instruction);
            else
                RunChecked(instruction);
        }
    }

    /// <summary>Branches; lanes that do not take it go on behind it.</summary>
    public void Branch(Instruction branch, uint taken)
    {
        if (branch.Target <= _current && ++_jumps > Block.MaxJumps)
            throw Fault($"the kernel does not end: {Block.MaxJumps} jumps backward");
        uint others = _lanes & ~taken;
        if (others == 0)
        {
            _next = branch.Target;
            return;
        }

        if (taken == 0)
            return;
        int meet = branch.Reconvergence;
        if (_until != meet)
            _paths.Add(new PathEntry(meet, _until, _lanes));
        int behind = _next;
        if (branch.Target != meet)
            _paths.Add(new PathEntry(branch.Target, meet, taken));
        if (behind != meet)
            _paths.Add(new PathEntry(behind, meet, others));
        PopPath();
    }

    /// <summary>Lanes that run the present instruction end.</summary>
    public void Exit()
    {
        Alive &= ~Active;
        _lanes &= ~Active;
        if (_lanes == 0)
            TakeNextPath();
    }

    /// <summary>An error of the present instruction.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="lane">The lane; -1 for the whole warp.</param>
    public PtxFault Fault(string problem, int lane = -1) => Block.Fault(this, Instruction, problem, lane);

    /// <summary>An instruction of the whole warp is refused where some lanes do not come to it.</summary>
    public void RequireAll(string what)
    {
        if (Active == Alive && Alive == Block.LanesOf(Index))
            return;
        uint missing = Block.LanesOf(Index) & ~Active;
        throw Fault($"{what} is reached by a part of the warp (lanes 0x{Active:x8})", Lanes.First(missing));
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private void RunChecked(Instruction instruction)
    {
        if (instruction.Guard >= 0)
        {
            if (instruction.DoubtfulGuard >= 0)
                CheckWritten(instruction.DoubtfulGuard);
            uint guard = Predicates[instruction.Guard];
            SetActive(_lanes & (instruction.GuardNegated ? ~guard : guard));
        }

        if (Active != 0)
        {
            foreach (int register in instruction.Doubtful)
                CheckWritten(register);
            instruction.WasReached = true;
            instruction.Run(this, instruction);
            foreach (int register in instruction.Noted)
                Written[register] |= Active;
        }

        SetActive(_lanes);
    }

    private void CheckWritten(int register)
    {
        uint missing = Active & ~Written[register];
        if (missing != 0)
            throw Fault($"{_program.RegisterNames[register]} is read and was never written", Lanes.First(missing));
    }

    private void TakeNextPath()
    {
        do
        {
            if (_paths.Count == 0)
            {
                if (Alive == 0)
                {
                    State = WarpState.Ended;
                    return;
                }

                throw Fault("lanes have nowhere to go on");
            }

            PopPath();
        }
        while (_lanes == 0 || _next == _until);
    }

    private void PopPath()
    {
        PathEntry path = _paths[^1];
        _paths.RemoveAt(_paths.Count - 1);
        _next = path.Next;
        _until = path.Until;
        _lanes = path.Lanes & Alive;
        SetActive(_lanes);
    }

    private void SetActive(uint lanes)
    {
        if (lanes == Active && (lanes != uint.MaxValue || AllActive))
            return;
        Active = lanes;
        AllActive = lanes == uint.MaxValue;
        Active0 = Lanes.Mask32(lanes);
        Active1 = Lanes.Mask32(lanes >> 16);
    }
}
