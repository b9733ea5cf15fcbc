namespace UniMed.PtxMachine.Syntax;

/// <summary>An operand of an instruction.</summary>
/// <param name="Kind">How it is written.</param>
/// <param name="Name">Of a register or symbol; of an address, its base.</param>
/// <param name="Bits">Value of a number; of an address, what is added to its base.</param>
/// <param name="Parts">Of a vector or a pair.</param>
internal sealed record PtxOperand(OperandKind Kind, string Name, ulong Bits, IReadOnlyList<PtxOperand> Parts);
