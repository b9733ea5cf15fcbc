using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Panels of quantized weights, laid out for tiles: 32 rows, and behind one another the steps of a block, four
/// columns (int8: two) each. Bytes: the weights once, into the first-level cache.
/// </summary>
/// <remarks>
/// In memory neighbours are neighbours along K; in a panel they are weight rows, so that a loaded vector has one row
/// in each lane. Nothing is summed.
/// </remarks>
internal static unsafe class BlockPanels<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <summary>
    /// Lays blocks of a panel out: step after step of a block, 32 rows in each. Behind the last row and the last
    /// number anything may stand.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlocks<TFormat>(in CpuMatrix weight, int first, int rows, int block, int blocks, byte* panel, byte* next)
        where TFormat : struct, IBlockFormat<TVec>
    {
        int span = TLanes.Width * sizeof(int);
        byte* rest = stackalloc byte[Kernels.Pad * Kernels.Pad * sizeof(int)];
        int blockBytes = TFormat.Dwords * sizeof(int);
        byte* values = weight.Values + (first * weight.RowBytes) + ((nint)block * blockBytes);
        int whole = (int)Math.Min((nint)blocks * blockBytes, TFormat.RowBytes(weight.Columns) - ((nint)block * blockBytes));
        nint stride = weight.RowBytes;
        for (int g = 0; g < rows; g += TLanes.Width)
        {
            byte* group = values + (g * stride);
            int count = Math.Min(TLanes.Width, rows - g);
            for (int at = 0; at < whole; at += span)
            {
                int dword = at / sizeof(int);
                float* to = (float*)(panel + (dword / TFormat.Dwords * TFormat.Steps * Kernels.StepBytes) + (dword % TFormat.Dwords * (TFormat.Steps / TFormat.Dwords) * Kernels.StepBytes)) + g;
                for (int line = 0; line < TLanes.Width * span; line += Kernels.CacheLine)
                    SecondLevelPrefetch.Line(next + line);
                next += TLanes.Width * span;
                if (count == TLanes.Width && whole - at >= span)
                {
                    TLanes.Transpose<TFormat>(group + at, stride, to);
                    continue;
                }

                for (int i = 0; i < count; i++)
                    new Span<byte>(group + (i * stride) + at, Math.Min(span, whole - at)).CopyTo(new Span<byte>(rest + (i * span), span));
                TLanes.Transpose<TFormat>(rest, span, to);
            }
        }
    }

    /// <summary>Scales of a panel, widened: 32 rows for each block.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeScales(in CpuMatrix weight, int first, int rows, int block, int blocks, float* scales)
    {
        float* wide = stackalloc float[Kernels.Pad * Kernels.ChunkBlocks];
        for (int g = 0; g < rows; g += TLanes.Width)
        {
            for (int i = 0; i < TLanes.Width; i++)
            {
                ushort* row = weight.Scales + ((first + Math.Min(g + i, rows - 1)) * weight.ScaleStride) + block;
                if (blocks < Kernels.ChunkBlocks)
                {
                    Widening<TLanes, TVec>.WidenScales(row, blocks, wide + (i * Kernels.ChunkBlocks));
                    continue;
                }

                for (int b = 0; b < Kernels.ChunkBlocks; b += TLanes.Width)
                    TLanes.Store(TLanes.LoadHalf(row + b), wide + (i * Kernels.ChunkBlocks) + b);
            }

            for (int b = 0; b < blocks; b += TLanes.Width)
                TLanes.Transpose<PanelScales>((byte*)(wide + b), Kernels.ChunkBlocks * sizeof(float), scales + (b * Kernels.PanelRows) + g);
        }
    }

    private readonly struct PanelScales : IColumnSink<TVec>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put(TVec column, int index, float* to) => TLanes.Store(column, to + (index * Kernels.PanelRows));
    }
}
