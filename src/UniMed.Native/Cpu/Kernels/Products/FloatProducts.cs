using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Products of floating-point weights. Shapes: weight [out, in] where it lies, tokens [t, in] -> product [t, out].
/// Work: 2 * t * in * out FLOP; weights are read once.
/// </summary>
/// <remarks>
/// Lanes run along K, and every (row, token) pair has one vector of sums, so a single token reads each weight once,
/// straight from the file's memory map, and a prompt adds the same numbers in the same order from a panel: a tile of
/// 4 rows x 6 tokens at a time. K is cut into equal chunks of at most 352 columns; a chunk's sum is that of
/// <see cref="Tiles{TLanes, TVec}"/>, and chunks are added in order. 16 rows of a chunk, widened once, and 6 tokens
/// lie in the first-level cache (22 and 8 KiB). A longer chunk adds up its lanes less often and comes from the
/// second-level cache: measured slower.
/// </remarks>
internal static unsafe class FloatProducts<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    private const int LongestChunk = 352;
    private const int WidePanelRows = 16;
    private const int GroupTokens = 4 * Kernels.TileTokens;
    private const int Block = BlockQuantization.BlockSize;

    /// <inheritdoc cref="Kernels.Product"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product(PrefetchHint prefetch, in CpuMatrix weight, int first, int rows, float* x, nint xStride, int tokens, float* product, nint productStride)
    {
        int columns = weight.Columns;
        int chunks = (columns + LongestChunk - 1) / LongestChunk;
        int chunk = ((columns + chunks - 1) / chunks + Block - 1) / Block * Block;
        if (tokens == 1 && weight.Stored != StoredAs.Double)
        {
            if (prefetch == PrefetchHint.NonTemporal)
                InPlaceProducts<TLanes, TVec>.Product<NonTemporalPrefetch>(weight, first, rows, chunk, x, product);
            else
                InPlaceProducts<TLanes, TVec>.Product<AllCachesPrefetch>(weight, first, rows, chunk, x, product);
            return;
        }

        float* panel = Scratch.Of(Scratch.Panel, (long)WidePanelRows * (Kernels.PadColumns(chunk) + Kernels.Pad));
        for (int r = 0; r < rows; r += WidePanelRows)
        {
            int count = Math.Min(WidePanelRows, rows - r);
            for (int c = 0; c < columns; c += chunk)
            {
                int width = Math.Min(chunk, columns - c);
                int padded = Kernels.PadColumns(width);
                int stride = padded + Kernels.Pad;
                for (int i = 0; i < count; i++)
                    Widening<TLanes, TVec>.Widen(weight, first + r + i, c, width, panel + (i * stride));
                new Span<float>(panel + (count * stride), (Kernels.PadRows(count) - count) * stride).Clear();
                // The next panel comes into the second-level cache while this one is used, some rows for each group
                // of tokens: all at once would be waited for.
                bool isLast = c + chunk >= columns;
                int group = tokens <= GroupTokens ? Kernels.TileTokens : GroupTokens;
                int groups = (tokens + group - 1) / group;
                for (int g = 0; g < groups; g++)
                {
                    int t = g * group;
                    PrefetchRows(weight, first + r + (isLast ? WidePanelRows : 0), WidePanelRows * g / groups, WidePanelRows * (g + 1) / groups, isLast ? 0 : c + chunk, chunk);
                    Tiles<TLanes, TVec>.Multiply(panel, stride, count, x + c + (t * xStride), xStride, Math.Min(group, tokens - t), padded, product + r + (t * productStride), productStride, c > 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PrefetchRows(in CpuMatrix weight, int first, int from, int to, int column, int count)
    {
        int size = weight.Stored switch { StoredAs.Single => sizeof(float), StoredAs.Double => sizeof(double), _ => sizeof(ushort) };
        nint bytes = Math.Min(count, weight.Columns - column) * size;
        byte* at = weight.Values + ((first + from) * weight.RowBytes) + (column * size);
        for (int row = from; row < to; row++, at += weight.RowBytes)
        {
            for (nint line = 0; line < bytes; line += Kernels.CacheLine)
                SecondLevelPrefetch.Line(at + line);
        }
    }
}
