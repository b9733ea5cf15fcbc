namespace UniMed.PtxMachine.Execution;

/// <summary>What a kernel must not do. The message names kernel, line, block and lane.</summary>
internal sealed class PtxFault(string message) : Exception(message);
