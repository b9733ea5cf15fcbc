using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Queries, keys and values side by side in [rows, 3, heads, head_dim]; every row sees all rows of its image.</summary>
internal readonly struct ImageRows : IKeyValues
{
    public ArrayView<float> Memory(CausalArguments a) => a.Query;

    public long Key(CausalArguments a, int sequence, int head, int position) => Part(a, a.RowOffsets[sequence] + position, 1, head);

    public long Value(CausalArguments a, int sequence, int head, int position) => Part(a, a.RowOffsets[sequence] + position, 2, head);

    public long Query(CausalArguments a, int row, int head) => Part(a, row, 0, head);

    public int Seen(CausalArguments a, int sequence, int row) => a.RowOffsets[sequence + 1] - a.RowOffsets[sequence];

    private static long Part(CausalArguments a, int row, int part, int head) => ((((long)row * 3) + part) * a.Heads * a.HeadDim) + (head * a.HeadDim);
}
