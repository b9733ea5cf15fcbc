namespace UniMed.Native.Cpu;

/// <summary>One layer of one expert, used in place.</summary>
internal sealed class CpuExpertLayer(HostTensor weight, CpuVector bias)
{
    public CpuMatrix Matrix { get; } = new(weight);

    public CpuVector Bias { get; } = bias;

    public long ByteLength { get; } = weight.ByteLength;

    /// <summary>Keeps the file's memory map alive.</summary>
    public object? Owner { get; } = weight.Owner;
}
