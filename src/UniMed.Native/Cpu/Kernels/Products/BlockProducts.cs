using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Products of quantized weights and quantized activations. Shapes: weight [out, in] in blocks of 32 where it lies,
/// tokens [t, in] -> product [t, out]. Work: 2 * t * in * out integer operations; weights are read once.
/// </summary>
/// <remarks>
/// Lanes are weight rows: a panel of 32 rows and at most 512 columns is transposed into the first-level cache
/// (<see cref="BlockPanels{TLanes, TVec}"/>), and tiles multiply it (<see cref="BlockTiles{TLanes, TVec}"/>). A
/// block's sum is exact in any order, whatever the vectors' width; sum * (weight scale * activation scale) is added
/// in fp32, block after block along K: one token gives the bits it has in a prompt.
/// </remarks>
internal static unsafe class BlockProducts<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <inheritdoc cref="Kernels.Product"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product<TFormat>(PrefetchHint prefetch, in CpuMatrix weight, int first, int rows, in CpuActivations x, int tokens, float* product, nint productStride)
        where TFormat : struct, IBlockFormat<TVec>
    {
        int blocks = BlockQuantization.Blocks(weight.Columns);
        float* scales = Scratch.Of(Scratch.Panel, Kernels.ChunkBlocks * (Kernels.PanelRows + ((long)TFormat.Steps * Kernels.StepBytes / sizeof(float))));
        if (tokens == 1 && TLanes.Width == 16)
        {
            if (prefetch == PrefetchHint.NonTemporal)
                BlockDots.Product<NonTemporalPrefetch>(weight, first, rows, x, blocks, scales, product);
            else
                BlockDots.Product<AllCachesPrefetch>(weight, first, rows, x, blocks, scales, product);
            return;
        }

        byte* panel = (byte*)(scales + (Kernels.ChunkBlocks * Kernels.PanelRows));
        int sumRows = Kernels.PadTokens(tokens);
        for (int r = 0; r < rows; r += Kernels.PanelRows)
        {
            int count = Math.Min(Kernels.PanelRows, rows - r);
            bool isWhole = count == Kernels.PanelRows;
            float* sums = isWhole ? product + r : Scratch.Of(Scratch.Sums, (long)sumRows * Kernels.PanelRows);
            nint stride = isWhole ? productStride : Kernels.PanelRows;
            for (int t = 0; t < sumRows; t++)
                new Span<float>(sums + (t * stride), Kernels.PanelRows).Clear();
            // The next panel is asked for as it lies in memory: a single stream.
            byte* next = weight.Values + ((first + r + Kernels.PanelRows) * weight.RowBytes);
            for (int b = 0; b < blocks; b += Kernels.ChunkBlocks)
            {
                int taken = Math.Min(Kernels.ChunkBlocks, blocks - b);
                BlockPanels<TLanes, TVec>.TransposeScales(weight, first + r, count, b, taken, scales);
                BlockPanels<TLanes, TVec>.TransposeBlocks<TFormat>(weight, first + r, count, b, taken, panel, next + ((nint)b * TFormat.Dwords * Kernels.StepBytes));
                BlockTiles<TLanes, TVec>.Multiply<TFormat>(panel, scales, x, b, taken, tokens, sums, stride);
            }

            for (int t = 0; t < tokens && !isWhole; t++)
                new Span<float>(sums + (t * stride), count).CopyTo(new Span<float>(product + (t * productStride) + r, count));
        }
    }
}
