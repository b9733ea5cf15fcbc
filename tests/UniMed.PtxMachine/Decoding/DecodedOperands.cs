namespace UniMed.PtxMachine.Decoding;

/// <summary>An instruction's operands, taken apart.</summary>
internal sealed class DecodedOperands
{
    /// <summary>Places, vectors taken apart.</summary>
    public List<int> Places { get; } = [];

    /// <summary>Registers that are written, by their number.</summary>
    public List<int> Written { get; } = [];

    /// <summary>Registers that are read, by their number.</summary>
    public List<int> Read { get; } = [];

    /// <summary>The predicate that says which lanes run it, by its number; -1 for none. A branch reads its own as an operand.</summary>
    public int Guard { get; set; } = -1;

    /// <summary>A number, or what is added to an address.</summary>
    public long Number { get; set; }

    /// <summary>Where a branch goes; -1 for none.</summary>
    public int Target { get; set; } = -1;
}
