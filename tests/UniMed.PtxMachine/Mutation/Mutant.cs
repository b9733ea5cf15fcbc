using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Mutation;

/// <summary>A kernel with one fault put into it.</summary>
internal sealed class Mutant(string kind, string description, Program program)
{
    /// <summary>What was done to it.</summary>
    public string Kind { get; } = kind;

    /// <summary>The kernel and line, what stands there and what stood there.</summary>
    public string Description { get; } = description;

    /// <summary>The faulty kernel.</summary>
    public Program Program { get; } = program;

    /// <summary>Launches that it has been through unnoticed.</summary>
    public int Survived { get; set; }

    /// <summary>What gave it away; null while nothing has.</summary>
    public string? Found { get; set; }
}
