namespace UniMed.PtxMachine.Execution;

/// <summary>A place beside the registers that instructions read as if it were one.</summary>
/// <param name="Kind">What is in it.</param>
/// <param name="Place">Bytes from the start of the registers.</param>
/// <param name="Wide">Whether each lane has 64 bits.</param>
/// <param name="Bits">The constant, or where the parameter begins among all parameters.</param>
internal sealed record Slot(SlotKind Kind, int Place, bool Wide, ulong Bits);
