namespace UniMed.PtxMachine.Execution;

/// <summary>A kernel ready to run.</summary>
internal sealed class Program
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Instructions.</summary>
    public required Instruction[] Code { get; init; }

    /// <summary>Bytes of the registers of a warp and the slots beside them.</summary>
    public required int RegisterBytes { get; init; }

    /// <summary>Predicates of a warp; the last two are always false and always true.</summary>
    public required int Predicates { get; init; }

    /// <summary>Registers and predicates, counted together.</summary>
    public required int Registers { get; init; }

    /// <summary>Their names, for errors.</summary>
    public required string[] RegisterNames { get; init; }

    /// <summary>What is filled in before it runs.</summary>
    public required Slot[] Slots { get; init; }

    /// <summary>Size of each parameter in order.</summary>
    public required int[] ParameterBytes { get; init; }

    /// <summary>Where each parameter begins.</summary>
    public required int[] ParameterOffsets { get; init; }

    /// <summary>Shared variables.</summary>
    public required SharedPiece[] Shared { get; init; }

    /// <summary>Where dynamic shared memory begins.</summary>
    public required int DynamicShared { get; init; }

    /// <summary>Most threads of a block.</summary>
    public required int MaxThreads { get; init; }
}
