namespace UniMed.PtxMachine.Syntax;

/// <summary>What a register holds for each lane.</summary>
internal enum RegisterWidth
{
    Predicate,
    Bits16,
    Bits32,
    Bits64,
}
