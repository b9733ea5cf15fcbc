namespace UniMed.Native.Cpu;

/// <summary>q_proj, k_proj and v_proj used in place, and the rotary table, pinned.</summary>
internal sealed class CpuQkvWeights : QkvWeights
{
    public CpuQkvWeights(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary)
    {
        Query = new CpuMatrix(query);
        Key = new CpuMatrix(key);
        Value = new CpuMatrix(value);
        Heads = heads;
        KvHeads = kvHeads;
        Rotary = rotary;
        ByteLength = query.ByteLength + key.ByteLength + value.ByteLength;
        Owners = (query.Owner, key.Owner, value.Owner);
    }

    public CpuMatrix Query { get; }

    public CpuMatrix Key { get; }

    public CpuMatrix Value { get; }

    public int Heads { get; }

    public int KvHeads { get; }

    public RotaryTable Rotary { get; }

    public override long ByteLength { get; }

    /// <summary>Keeps the file's memory map alive.</summary>
    public (object? Query, object? Key, object? Value) Owners { get; }
}
