using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Attention: over the rows of an image, or over the paged cache.</summary>
internal struct CausalArguments
{
    /// <summary>[rows, heads * head_dim]; for vision [rows, 3 * heads * head_dim].</summary>
    public ArrayView<float> Query;

    /// <summary>One layer of the cache: [blocks, key or value, kv_heads, slots, head_dim].</summary>
    public ArrayView<float> Cache;

    /// <summary>[rows, heads * head_dim].</summary>
    public ArrayView<float> Output;

    /// <summary>Product of q, k and v stacked: [rows, (heads + 2 kv_heads) * head_dim].</summary>
    public ArrayView<float> Projected;

    /// <summary>[positions, head_dim / 2].</summary>
    public ArrayView<float> Cos;

    /// <summary>[positions, head_dim / 2].</summary>
    public ArrayView<float> Sin;

    /// <summary>Unit results of a decode step: vectors [sequences, heads, units, head_dim], then largest scores and sums [sequences, heads, units, 2].</summary>
    public ArrayView<float> Units;

    /// <summary>Row borders [sequences + 1].</summary>
    public ArrayView<int> RowOffsets;

    /// <summary>Positions of the first rows [sequences].</summary>
    public ArrayView<int> StartPositions;

    /// <summary>[sequences, blocks of a sequence].</summary>
    public ArrayView<int> BlockTables;

    /// <summary>Position of each row, and where in the cache it goes: block * block size + slot. [rows, 2].</summary>
    public ArrayView<int> Places;

    public int BlocksPerSequence;

    public int Heads;

    public int KvHeads;

    public int HeadDim;

    public int BlockSize;

    /// <summary>Units of the longest sequence of a decode step.</summary>
    public int MaxUnits;

    public int Sequences;
}
