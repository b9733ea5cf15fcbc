namespace UniMed.Native.Reference;

/// <summary>The router's layers used in place; fc1 is seen as its task columns and its token columns.</summary>
internal sealed class ReferenceRouterWeights(HostTensor fc1, float[] fc1Bias, HostTensor fc2, float[] fc2Bias, int taskColumns) : RouterWeights
{
    public HostTensor Fc1Task { get; } = fc1.SliceColumns(0, taskColumns);

    public HostTensor Fc1Token { get; } = fc1.SliceColumns(taskColumns, fc1.Columns - taskColumns);

    public float[] Fc1Bias { get; } = fc1Bias;

    public HostTensor Fc2 { get; } = fc2;

    public float[] Fc2Bias { get; } = fc2Bias;

    public int Hidden => Fc1Token.Rows;

    public int Experts => Fc2.Rows;

    public override long ByteLength => Fc1Token.ByteLength + Fc2.ByteLength;
}
