namespace UniMed.Native.Reference;

/// <summary>q_proj, k_proj and v_proj used in place.</summary>
internal sealed class ReferenceQkvWeights(HostTensor query, HostTensor key, HostTensor value, int heads, int kvHeads, RotaryTable rotary) : QkvWeights
{
    public HostTensor Query { get; } = query;

    public HostTensor Key { get; } = key;

    public HostTensor Value { get; } = value;

    public int Heads { get; } = heads;

    public int KvHeads { get; } = kvHeads;

    public RotaryTable Rotary { get; } = rotary;

    public override long ByteLength => Query.ByteLength + Key.ByteLength + Value.ByteLength;
}
