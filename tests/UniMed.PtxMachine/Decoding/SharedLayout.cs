using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Decoding;

/// <summary>Where a kernel's shared variables lie: those that it declares or names, a gap between any two, dynamic memory last.</summary>
internal sealed class SharedLayout
{
    private readonly Dictionary<string, int> _addresses = [];

    /// <summary>Lays out.</summary>
    public SharedLayout(PtxModule module, PtxKernel kernel)
    {
        HashSet<string> named = [.. kernel.Instructions.SelectMany(instruction => instruction.Operands).Select(operand => operand.Name)];
        int at = SharedMemory.FirstAddress;
        string[] dynamic = [.. module.Shared.Values.Where(variable => variable.Bytes == 0).Select(variable => variable.Name)];
        foreach (PtxVariable variable in kernel.Shared.Concat(module.Shared.Values.Where(variable => variable.Bytes > 0 && named.Contains(variable.Name))))
        {
            at = Aligned(at, variable.Alignment);
            _addresses.Add(variable.Name, at);
            Pieces.Add(new SharedPiece(at, variable.Bytes));
            at += variable.Bytes + SharedMemory.Gap;
        }

        Dynamic = Aligned(at, 16);
        foreach (string name in dynamic)
            _addresses.Add(name, Dynamic);
    }

    /// <summary>The variables.</summary>
    public List<SharedPiece> Pieces { get; } = [];

    /// <summary>Where dynamic memory begins.</summary>
    public int Dynamic { get; }

    /// <summary>A variable's address; null where there is none of that name.</summary>
    public int? AddressOf(string name) => _addresses.TryGetValue(name, out int address) ? address : null;

    private static int Aligned(int at, int alignment) => (at + alignment - 1) / alignment * alignment;
}
