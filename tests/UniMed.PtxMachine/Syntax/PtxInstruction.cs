namespace UniMed.PtxMachine.Syntax;

/// <summary>An instruction as it is written.</summary>
/// <param name="Line">Line of the text, from 1.</param>
/// <param name="Text">The line.</param>
/// <param name="Guard">Predicate that must be true, or false where <paramref name="GuardNegated"/>; null for none.</param>
/// <param name="GuardNegated">Whether the guard is written with an exclamation mark.</param>
/// <param name="Opcode">With all modifiers.</param>
/// <param name="Operands">In order.</param>
internal sealed record PtxInstruction(
    int Line, string Text, string? Guard, bool GuardNegated, string Opcode, IReadOnlyList<PtxOperand> Operands);
