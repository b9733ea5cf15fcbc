namespace UniMed.PtxMachine.Execution;

/// <summary>An instruction ready to run.</summary>
internal sealed unsafe class Instruction
{
    /// <summary>What it does.</summary>
    public required delegate*<Warp, Instruction, void> Run { get; init; }

    /// <summary>Line of the PTX text, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>As it is written, without its guard.</summary>
    public required string Text { get; init; }

    /// <summary>Places of all operands, vectors taken apart: bytes from the start of the registers, or numbers of predicates.</summary>
    public required int[] Operands { get; init; }

    /// <summary>Destination: the first operand.</summary>
    public int D { get; init; }

    /// <summary>Second operand.</summary>
    public int A { get; init; }

    /// <summary>Third operand.</summary>
    public int B { get; init; }

    /// <summary>Fourth operand.</summary>
    public int C { get; init; }

    /// <summary>What is added to an address; the number that an instruction has instead of a register.</summary>
    public long Number { get; init; }

    /// <summary>Bytes of an element in memory.</summary>
    public int ElementBytes { get; init; }

    /// <summary>Elements of a vector in memory.</summary>
    public int Elements { get; init; }

    /// <summary>Whether a load of 32 bits fills 64, with its sign.</summary>
    public bool IsWidening { get; init; }

    /// <summary>Where a branch goes.</summary>
    public int Target { get; init; }

    /// <summary>Where lanes that a branch parts meet again; <see cref="int.MaxValue"/> where they do not.</summary>
    public int Reconvergence { get; set; } = int.MaxValue;

    /// <summary>Predicate that says which lanes run it; -1 for all.</summary>
    public int Guard { get; init; } = -1;

    /// <summary>Whether the guard must be false.</summary>
    public bool GuardNegated { get; init; }

    /// <summary>The guard where it may not have been written on every way here; -1 where it has.</summary>
    public int DoubtfulGuard { get; set; } = -1;

    /// <summary>Registers it reads that may not have been written on every way here.</summary>
    public int[] Doubtful { get; set; } = [];

    /// <summary>Registers it writes that some instruction reads in doubt.</summary>
    public int[] Noted { get; set; } = [];

    /// <summary>Whether a lane has run it; noted where it is not plain.</summary>
    public bool WasReached { get; set; }

    /// <summary>True when nothing but <see cref="Run"/> is to be done.</summary>
    public bool IsPlain { get; set; }
}
