using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Products of quantized weights and quantized activations. Shapes: weight [out, in] in blocks of 32 where it lies, tokens [t, in] -> product [t, out]. Work: 2 * t * in * out integer operations; weights
/// are read once.
/// </summary>
/// <remarks>
/// The trick: lanes are weight rows. A panel of 32 rows and at most 512 columns is transposed into the first-level cache in steps of four (int8: two) columns, so that one instruction multiplies and adds a step
/// of 16 rows with four (two) numbers of a token that stand in every lane. int4 weights are taken as 0..15, one byte each, beside activations of 8 bits: the eight steps of a block fit into 16-bit sums, which
/// start at the token's correction for the offset of 8. int8 weights are widened to 16 bits beside activations of 16 bits and added up in 32 bits. A block's sum is exact, whatever the vectors' width;
/// sum * (weight scale * activation scale) is added in fp32, block after block: one token gives the bits it has in a prompt.
/// </remarks>
internal sealed unsafe partial class Kernels<TLanes, TVec>
{
    private const int StepBytes = 4 * PanelRows;
    private const int ChunkBlocks = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BlockProduct<TFormat>(in CpuMatrix weight, int first, int rows, in CpuActivations x, int tokens, float* product, nint productStride)
        where TFormat : struct, IBlockFormat
    {
        int blocks = BlockQuantization.Blocks(weight.Columns);
        float* scales = Scratch.Of(Scratch.Panel, ChunkBlocks * (PanelRows + ((long)TFormat.Steps * StepBytes / sizeof(float))));
        if (tokens == 1 && TLanes.Width == 16)
        {
            if (prefetch == PrefetchHint.NonTemporal)
                BlockDots<NonTemporalPrefetch>(weight, first, rows, x, blocks, scales, product);
            else
                BlockDots<AllCachesPrefetch>(weight, first, rows, x, blocks, scales, product);
            return;
        }

        byte* panel = (byte*)(scales + (ChunkBlocks * PanelRows));
        int sumRows = PadTokens(tokens);
        for (int r = 0; r < rows; r += PanelRows)
        {
            int count = Math.Min(PanelRows, rows - r);
            bool isWhole = count == PanelRows;
            float* sums = isWhole ? product + r : Scratch.Of(Scratch.Sums, (long)sumRows * PanelRows);
            nint stride = isWhole ? productStride : PanelRows;
            for (int t = 0; t < sumRows; t++)
                new Span<float>(sums + (t * stride), PanelRows).Clear();
            // The next panel is asked for as it lies in memory: a single stream.
            byte* next = weight.Values + ((first + r + PanelRows) * weight.RowBytes);
            for (int b = 0; b < blocks; b += ChunkBlocks)
            {
                int taken = Math.Min(ChunkBlocks, blocks - b);
                TransposeScales(weight, first + r, count, b, taken, scales);
                TransposeBlocks<TFormat>(weight, first + r, count, b, taken, panel, next + ((nint)b * TFormat.Dwords * StepBytes));
                BlockTiles<TFormat>(panel, scales, x, b, taken, tokens, sums, stride);
            }

            for (int t = 0; t < tokens && !isWhole; t++)
                new Span<float>(sums + (t * stride), count).CopyTo(new Span<float>(product + (t * productStride) + r, count));
        }
    }

    /// <summary>Lays blocks of a panel out: step after step of a block, 32 rows in each. Behind the last row and the last number anything may stand.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeBlocks<TFormat>(in CpuMatrix weight, int first, int rows, int block, int blocks, byte* panel, byte* next)
        where TFormat : struct, IBlockFormat
    {
        int span = TLanes.Width * sizeof(int);
        byte* rest = stackalloc byte[Pad * Pad * sizeof(int)];
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
                float* to = (float*)(panel + (dword / TFormat.Dwords * TFormat.Steps * StepBytes) + (dword % TFormat.Dwords * (TFormat.Steps / TFormat.Dwords) * StepBytes)) + g;
                for (int line = 0; line < TLanes.Width * span; line += CacheLine)
                    AskFor(next + line);
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
    private static void TransposeScales(in CpuMatrix weight, int first, int rows, int block, int blocks, float* scales)
    {
        float* wide = stackalloc float[Pad * ChunkBlocks];
        for (int g = 0; g < rows; g += TLanes.Width)
        {
            for (int i = 0; i < TLanes.Width; i++)
            {
                ushort* row = weight.Scales + ((first + Math.Min(g + i, rows - 1)) * weight.ScaleStride) + block;
                if (blocks < ChunkBlocks)
                {
                    WidenScales(row, blocks, wide + (i * ChunkBlocks));
                    continue;
                }

                for (int b = 0; b < ChunkBlocks; b += TLanes.Width)
                    TLanes.Store(TLanes.LoadHalf(row + b), wide + (i * ChunkBlocks) + b);
            }

            for (int b = 0; b < blocks; b += TLanes.Width)
                TLanes.Transpose<PanelScales>((byte*)(wide + b), ChunkBlocks * sizeof(float), scales + (b * PanelRows) + g);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockTiles<TFormat>(byte* panel, float* scales, in CpuActivations x, int block, int blocks, int tokens, float* sums, nint stride)
        where TFormat : struct, IBlockFormat
    {
        nint valueStride = x.ValueStride;
        nint blockStride = x.Blocks;
        for (int t = 0; t < tokens;)
        {
            int left = tokens - t;
            int taken = TLanes.HasManyRegisters && left > 2 ? TileTokens : Math.Min(2, left);
            byte* values = x.Values + (t * valueStride) + ((nint)block * TFormat.Steps * sizeof(int));
            float* factors = x.Scales + (t * blockStride) + block;
            int* corrections = x.Corrections + (t * blockStride) + block;
            for (int g = 0; g < PanelRows; g += 2 * TLanes.Width)
            {
                byte* w = panel + (g * sizeof(int));
                float* to = sums + (t * stride) + g;
                if (taken == TileTokens)
                    BlockTile6<TFormat>(w, scales + g, values, valueStride, factors, corrections, blockStride, Math.Min(TileTokens, left) - 1, blocks, to, stride);
                else if (taken == 2)
                    BlockTile2<TFormat>(w, scales + g, values, valueStride, factors, corrections, blockStride, blocks, to, stride);
                else
                    BlockTile1<TFormat>(w, scales + g, values, factors, corrections, blocks, to);
            }

            t += taken;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec AddBlock<TFormat>(TVec sum, TVec weightScales, float* scale, TVec sums)
        where TFormat : struct, IBlockFormat =>
        TLanes.MultiplyAdd(TLanes.Int32ToSingle(TFormat.Total(sum)), TLanes.Multiply(weightScales, TLanes.Create(*scale)), sums);

    /// <summary>How blocks of a format are multiplied.</summary>
    private interface IBlockFormat : IColumnSink<TVec>
    {
        /// <summary>Steps of a block.</summary>
        static abstract int Steps { get; }

        /// <summary>A block's stored size in units of four bytes.</summary>
        static abstract int Dwords { get; }

        /// <summary>Stored bytes of a row.</summary>
        static abstract nint RowBytes(int columns);

        /// <summary>What the sum of a block begins with.</summary>
        static abstract TVec Start(int* correction);

        /// <summary>Adds a step.</summary>
        static abstract TVec Add(TVec sum, TVec weights, TVec token);

        /// <summary>The sum as 32-bit integers.</summary>
        static abstract TVec Total(TVec sum);
    }

    private readonly struct Int4Blocks : IBlockFormat
    {
        public static int Steps => 8;

        public static int Dwords => 4;

        public static nint RowBytes(int columns) => (nint)BlockQuantization.Blocks(columns) * BlockQuantization.Int4BlockBytes;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put(TVec column, int index, float* to)
        {
            // Byte j of a block holds numbers j and j + 16.
            float* step = to + (((index / Dwords * Steps) + (index % Dwords)) * PanelRows);
            TLanes.Store(TLanes.LowHalfBytes(column), step);
            TLanes.Store(TLanes.HighHalfBytes(column), step + (Dwords * PanelRows));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Start(int* correction) => TLanes.Broadcast(correction);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Add(TVec sum, TVec weights, TVec token) => TLanes.AddInt16(sum, TLanes.MultiplyAddBytes(weights, token));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Total(TVec sum) => TLanes.AddPairsInt16(sum);
    }

    private readonly struct Int8Blocks : IBlockFormat
    {
        public static int Steps => 16;

        public static int Dwords => 8;

        public static nint RowBytes(int columns) => columns;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put(TVec column, int index, float* to)
        {
            TLanes.Store(TLanes.EvenBytes(column), to + (2 * index * PanelRows));
            TLanes.Store(TLanes.OddBytes(column), to + (((2 * index) + 1) * PanelRows));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Start(int* correction) => TLanes.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Add(TVec sum, TVec weights, TVec token) => TLanes.AddInt32(sum, TLanes.MultiplyAddInt16(weights, token));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Total(TVec sum) => sum;
    }

    private readonly struct PanelScales : IColumnSink<TVec>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put(TVec column, int index, float* to) => TLanes.Store(column, to + (index * PanelRows));
    }
}
