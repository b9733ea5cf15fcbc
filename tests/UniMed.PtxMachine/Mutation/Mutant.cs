using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Mutation;

/// <summary>A kernel with one fault put into it.</summary>
/// <param name="kind">What was done to it.</param>
/// <param name="description">The kernel and line, what stood there and what stands there.</param>
/// <param name="place">Number of the instruction.</param>
/// <param name="program">The faulty kernel.</param>
internal sealed class Mutant(string kind, string description, int place, Program program)
{
    /// <summary>What was done to it.</summary>
    public string Kind { get; } = kind;

    /// <summary>The kernel and line, what stood there and what stands there.</summary>
    public string Description { get; } = description;

    /// <summary>Number of the instruction that was changed.</summary>
    public int Place { get; } = place;

    /// <summary>The faulty kernel.</summary>
    public Program Program { get; } = program;

    /// <summary>Launches that came to the instruction, which it has been through unnoticed.</summary>
    public int Survived { get; set; }

    /// <summary>What gave it away; null while nothing has.</summary>
    public string? Found { get; set; }
}
