namespace UniMed.Native.Cpu;

/// <summary>gate_proj and up_proj used in place.</summary>
internal sealed class CpuGatedWeights(HostTensor gate, HostTensor up) : GatedWeights
{
    public CpuMatrix Gate { get; } = new(gate);

    public CpuMatrix Up { get; } = new(up);

    public override long ByteLength { get; } = gate.ByteLength + up.ByteLength;

    /// <summary>Keeps the file's memory map alive.</summary>
    public (object? Gate, object? Up) Owners { get; } = (gate.Owner, up.Owner);
}
