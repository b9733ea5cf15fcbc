namespace UniMed.PtxMachine.Syntax;

/// <summary>PTX text that the machine does not take. The message names kernel, line and what stands there.</summary>
internal sealed class PtxSyntaxException(string kernel, int line, string problem)
    : FormatException($"{(kernel.Length > 0 ? $"kernel {kernel}, " : "")}PTX line {line}: {problem}");
