namespace UniMed.PtxMachine.Syntax;

/// <summary>A kernel as it is written.</summary>
internal sealed class PtxKernel(string name)
{
    /// <summary>Name.</summary>
    public string Name { get; } = name;

    /// <summary>Parameters in order.</summary>
    public List<PtxVariable> Parameters { get; } = [];

    /// <summary>Most threads of a block (.maxntid); 1024 where nothing is said.</summary>
    public int MaxThreads { get; set; } = 1024;

    /// <summary>Registers and what they hold.</summary>
    public Dictionary<string, RegisterWidth> Registers { get; } = [];

    /// <summary>Shared variables declared in it.</summary>
    public List<PtxVariable> Shared { get; } = [];

    /// <summary>Instructions in order.</summary>
    public List<PtxInstruction> Instructions { get; } = [];

    /// <summary>The same kernel with another instruction in one place.</summary>
    public PtxKernel With(int place, PtxInstruction instruction)
    {
        var other = new PtxKernel(Name) { MaxThreads = MaxThreads };
        other.Parameters.AddRange(Parameters);
        other.Shared.AddRange(Shared);
        other.Instructions.AddRange(Instructions);
        other.Instructions[place] = instruction;
        foreach ((string name, RegisterWidth width) in Registers)
            other.Registers.Add(name, width);
        foreach ((string label, int before) in Labels)
            other.Labels.Add(label, before);
        return other;
    }

    /// <summary>Labels, and the instruction each stands before.</summary>
    public Dictionary<string, int> Labels { get; } = [];
}
