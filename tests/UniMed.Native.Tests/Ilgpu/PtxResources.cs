namespace UniMed.Native.Tests.Ilgpu;

/// <summary>What ptxas says a kernel takes.</summary>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="SpilledBytes">Bytes of registers that went to memory.</param>
/// <param name="StackBytes">Bytes of a thread's own memory: arrays and structures that found no registers.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
public sealed record PtxResources(int Registers, int SpilledBytes, int StackBytes, int SharedBytes);
