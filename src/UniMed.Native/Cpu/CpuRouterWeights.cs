namespace UniMed.Native.Cpu;

/// <summary>The router's layers used in place; fc1 is seen as its task columns and its token columns.</summary>
internal sealed class CpuRouterWeights(HostTensor fc1, CpuVector fc1Bias, HostTensor fc2, CpuVector fc2Bias, int taskColumns) : RouterWeights
{
    public CpuMatrix Fc1Task { get; } = new(fc1.SliceColumns(0, taskColumns));

    public CpuMatrix Fc1Token { get; } = new(fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns));

    public CpuVector Fc1Bias { get; } = fc1Bias;

    public CpuMatrix Fc2 { get; } = new(fc2);

    public CpuVector Fc2Bias { get; } = fc2Bias;

    public int Hidden => Fc1Token.Rows;

    public int Experts => Fc2.Rows;

    public override long ByteLength { get; } = fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns).ByteLength + fc2.ByteLength;

    /// <summary>Keeps the file's memory map alive.</summary>
    public (object? Fc1, object? Fc2) Owners { get; } = (fc1.Owner, fc2.Owner);
}
