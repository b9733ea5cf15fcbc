using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Keys and values in the paged cache; a row sees its own position and all before it.</summary>
internal readonly struct CachedRows : IKeyValues
{
    public ArrayView<float> Memory(CausalArguments a) => a.Cache;

    public long Key(CausalArguments a, int sequence, int head, int position) => Part(a, sequence, head / (a.Heads / a.KvHeads), position);

    public long Value(CausalArguments a, int sequence, int head, int position) => Part(a, sequence, a.KvHeads + (head / (a.Heads / a.KvHeads)), position);

    public long Query(CausalArguments a, int row, int head) => (((long)row * a.Heads) + head) * a.HeadDim;

    public int Seen(CausalArguments a, int sequence, int row) => a.StartPositions[sequence] + row - a.RowOffsets[sequence] + 1;

    private static long Part(CausalArguments a, int sequence, int part, int position)
    {
        int block = a.BlockTables[(sequence * a.BlocksPerSequence) + (position / a.BlockSize)];
        return ((((((long)block * 2 * a.KvHeads) + part) * a.BlockSize) + (position % a.BlockSize)) * a.HeadDim);
    }
}
