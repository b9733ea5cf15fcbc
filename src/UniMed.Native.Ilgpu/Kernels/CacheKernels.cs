using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Writing the paged cache. Each number is read and written once.</summary>
internal static class CacheKernels
{
    /// <summary>Numbers that a thread copies.</summary>
    public const int CopiedByThread = 16;

    /// <summary>
    /// Splits the product of q, k and v: queries and keys are rotated by their row's position (channel i pairs with i + head_dim / 2), keys and values go to the cache. Grid (rows).
    /// </summary>
    public static void QkvRotary<TShape>(CausalArguments a)
        where TShape : unmanaged, IGroupShape
    {
        int half = a.HeadDim / 2;
        int row = Grid.IdxX;
        int position = a.Places[2 * row];
        int place = a.Places[(2 * row) + 1];
        long from = (long)row * (a.Heads + (2 * a.KvHeads)) * a.HeadDim;
        for (int i = Group.IdxX; i < (a.Heads + a.KvHeads) * half; i += default(TShape).Threads)
        {
            int head = i / half;
            int c = i % half;
            float cos = a.Cos[((long)position * half) + c];
            float sin = a.Sin[((long)position * half) + c];
            float lower = a.Projected[from + (head * a.HeadDim) + c];
            float upper = a.Projected[from + (head * a.HeadDim) + half + c];
            float first = (lower * cos) + (-upper * sin);
            float second = (upper * cos) + (lower * sin);
            if (head < a.Heads)
            {
                long to = (((long)row * a.Heads) + head) * a.HeadDim;
                a.Query[to + c] = first;
                a.Query[to + half + c] = second;
            }
            else
            {
                long to = Place(a, head - a.Heads, place);
                a.Cache[to + c] = first;
                a.Cache[to + half + c] = second;
            }
        }

        for (int i = Group.IdxX; i < a.KvHeads * a.HeadDim; i += default(TShape).Threads)
            a.Cache[Place(a, a.KvHeads + (i / a.HeadDim), place) + (i % a.HeadDim)] = a.Projected[from + ((a.Heads + a.KvHeads) * a.HeadDim) + i];
    }

    /// <summary>Copies blocks of one layer: Indices holds source and destination of each. Output is the layer, Columns the numbers of a block. Grid (pieces, copies).</summary>
    public static void CopyBlocks<TShape>(RowArguments a)
        where TShape : unmanaged, IGroupShape
    {
        long from = (long)a.Indices[2 * Grid.IdxY] * a.Columns;
        long to = (long)a.Indices[(2 * Grid.IdxY) + 1] * a.Columns;
        int begin = Grid.IdxX * default(TShape).Threads * CopiedByThread;
        for (int i = 0; i < CopiedByThread; i++)
        {
            int c = begin + (i * default(TShape).Threads) + Group.IdxX;
            if (c < a.Columns)
                a.Output[to + c] = a.Output[from + c];
        }
    }

    private static long Place(CausalArguments a, int part, int place) =>
        (((((long)(place / a.BlockSize) * 2 * a.KvHeads) + part) * a.BlockSize) + (place % a.BlockSize)) * a.HeadDim;
}
