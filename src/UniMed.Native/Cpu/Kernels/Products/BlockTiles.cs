using System.Runtime.CompilerServices;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Tiles of block products: two vectors of rows x 6, 2 or 1 tokens. A step of six tokens is 2 + 6 loads for 12
/// multiply-adds; 12 sums of the block and 12 of the row stay in registers.
/// </summary>
/// <remarks>
/// Lanes are weight rows. One instruction multiplies and adds a step of a row with four (int8: two) numbers of a
/// token that stand in every lane. A lane's sum of a block is a whole number; times its scales it is added to the
/// lane's fp32 sum, blocks in order of K. Lanes are never added to each other.
/// </remarks>
internal static unsafe class BlockTiles<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <summary>Adds the blocks of a panel to sums[t][row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TFormat>(byte* panel, float* scales, in CpuActivations x, int block, int blocks, int tokens, float* sums, nint stride)
        where TFormat : struct, IBlockFormat<TVec>
    {
        nint valueStride = x.ValueStride;
        nint blockStride = x.Blocks;
        for (int t = 0; t < tokens;)
        {
            int left = tokens - t;
            int taken = TLanes.HasManyRegisters && left > 2 ? Kernels.TileTokens : Math.Min(2, left);
            byte* values = x.Values + (t * valueStride) + ((nint)block * TFormat.Steps * sizeof(int));
            float* factors = x.Scales + (t * blockStride) + block;
            int* corrections = x.Corrections + (t * blockStride) + block;
            for (int g = 0; g < Kernels.PanelRows; g += 2 * TLanes.Width)
            {
                byte* w = panel + (g * sizeof(int));
                float* to = sums + (t * stride) + g;
                if (taken == Kernels.TileTokens)
                    Tile6<TFormat>(w, scales + g, values, valueStride, factors, corrections, blockStride, Math.Min(Kernels.TileTokens, left) - 1, blocks, to, stride);
                else if (taken == 2)
                    Tile2<TFormat>(w, scales + g, values, valueStride, factors, corrections, blockStride, blocks, to, stride);
                else
                    Tile1<TFormat>(w, scales + g, values, factors, corrections, blocks, to);
            }

            t += taken;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<TFormat>(byte* w, float* scales, byte* x0, nint xStride, float* factors, int* corrections, nint blockStride, int last, int blocks, float* sums, nint stride)
        where TFormat : struct, IBlockFormat<TVec>
    {
        byte* x1 = x0 + xStride;
        byte* x2 = x0 + (2 * xStride);
        // Tokens behind the last are computed as the last; their sums are nobody's.
        byte* x3 = x0 + (Math.Min(3, last) * xStride);
        byte* x4 = x0 + (Math.Min(4, last) * xStride);
        byte* x5 = x0 + (Math.Min(5, last) * xStride);
        nint s1 = blockStride;
        nint s2 = 2 * blockStride;
        nint s3 = Math.Min(3, last) * blockStride;
        nint s4 = Math.Min(4, last) * blockStride;
        nint s5 = Math.Min(5, last) * blockStride;
        TVec p0 = TLanes.Load(sums), q0 = TLanes.Load(sums + TLanes.Width);
        TVec p1 = TLanes.Load(sums + stride), q1 = TLanes.Load(sums + stride + TLanes.Width);
        TVec p2 = TLanes.Load(sums + (2 * stride)), q2 = TLanes.Load(sums + (2 * stride) + TLanes.Width);
        TVec p3 = TLanes.Load(sums + (3 * stride)), q3 = TLanes.Load(sums + (3 * stride) + TLanes.Width);
        TVec p4 = TLanes.Load(sums + (4 * stride)), q4 = TLanes.Load(sums + (4 * stride) + TLanes.Width);
        TVec p5 = TLanes.Load(sums + (5 * stride)), q5 = TLanes.Load(sums + (5 * stride) + TLanes.Width);
        nint k = 0;
        for (nint b = 0; b < blocks; b++)
        {
            TVec a0 = TFormat.Start(corrections + b), a1 = a0;
            TVec b0 = TFormat.Start(corrections + b + s1), b1 = b0;
            TVec c0 = TFormat.Start(corrections + b + s2), c1 = c0;
            TVec d0 = TFormat.Start(corrections + b + s3), d1 = d0;
            TVec e0 = TFormat.Start(corrections + b + s4), e1 = e0;
            TVec f0 = TFormat.Start(corrections + b + s5), f1 = f0;
            for (int step = 0; step < TFormat.Steps; step++, k += sizeof(int), w += Kernels.StepBytes)
            {
                TVec r0 = TLanes.Load((float*)w);
                TVec r1 = TLanes.Load((float*)w + TLanes.Width);
                TVec t = TLanes.Broadcast((int*)(x0 + k));
                a0 = TFormat.Add(a0, r0, t);
                a1 = TFormat.Add(a1, r1, t);
                t = TLanes.Broadcast((int*)(x1 + k));
                b0 = TFormat.Add(b0, r0, t);
                b1 = TFormat.Add(b1, r1, t);
                t = TLanes.Broadcast((int*)(x2 + k));
                c0 = TFormat.Add(c0, r0, t);
                c1 = TFormat.Add(c1, r1, t);
                t = TLanes.Broadcast((int*)(x3 + k));
                d0 = TFormat.Add(d0, r0, t);
                d1 = TFormat.Add(d1, r1, t);
                t = TLanes.Broadcast((int*)(x4 + k));
                e0 = TFormat.Add(e0, r0, t);
                e1 = TFormat.Add(e1, r1, t);
                t = TLanes.Broadcast((int*)(x5 + k));
                f0 = TFormat.Add(f0, r0, t);
                f1 = TFormat.Add(f1, r1, t);
            }

            TVec scales0 = TLanes.Load(scales);
            TVec scales1 = TLanes.Load(scales + TLanes.Width);
            scales += Kernels.PanelRows;
            p0 = AddBlock<TFormat>(a0, scales0, factors + b, p0);
            q0 = AddBlock<TFormat>(a1, scales1, factors + b, q0);
            p1 = AddBlock<TFormat>(b0, scales0, factors + b + s1, p1);
            q1 = AddBlock<TFormat>(b1, scales1, factors + b + s1, q1);
            p2 = AddBlock<TFormat>(c0, scales0, factors + b + s2, p2);
            q2 = AddBlock<TFormat>(c1, scales1, factors + b + s2, q2);
            p3 = AddBlock<TFormat>(d0, scales0, factors + b + s3, p3);
            q3 = AddBlock<TFormat>(d1, scales1, factors + b + s3, q3);
            p4 = AddBlock<TFormat>(e0, scales0, factors + b + s4, p4);
            q4 = AddBlock<TFormat>(e1, scales1, factors + b + s4, q4);
            p5 = AddBlock<TFormat>(f0, scales0, factors + b + s5, p5);
            q5 = AddBlock<TFormat>(f1, scales1, factors + b + s5, q5);
        }

        TLanes.Store(p0, sums);
        TLanes.Store(q0, sums + TLanes.Width);
        TLanes.Store(p1, sums + stride);
        TLanes.Store(q1, sums + stride + TLanes.Width);
        TLanes.Store(p2, sums + (2 * stride));
        TLanes.Store(q2, sums + (2 * stride) + TLanes.Width);
        TLanes.Store(p3, sums + (3 * stride));
        TLanes.Store(q3, sums + (3 * stride) + TLanes.Width);
        TLanes.Store(p4, sums + (4 * stride));
        TLanes.Store(q4, sums + (4 * stride) + TLanes.Width);
        TLanes.Store(p5, sums + (5 * stride));
        TLanes.Store(q5, sums + (5 * stride) + TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2<TFormat>(byte* w, float* scales, byte* x0, nint xStride, float* factors, int* corrections, nint blockStride, int blocks, float* sums, nint stride)
        where TFormat : struct, IBlockFormat<TVec>
    {
        byte* x1 = x0 + xStride;
        nint s1 = blockStride;
        TVec p0 = TLanes.Load(sums), q0 = TLanes.Load(sums + TLanes.Width);
        TVec p1 = TLanes.Load(sums + stride), q1 = TLanes.Load(sums + stride + TLanes.Width);
        nint k = 0;
        for (nint b = 0; b < blocks; b++)
        {
            TVec a0 = TFormat.Start(corrections + b), a1 = a0;
            TVec b0 = TFormat.Start(corrections + b + s1), b1 = b0;
            for (int step = 0; step < TFormat.Steps; step++, k += sizeof(int), w += Kernels.StepBytes)
            {
                TVec r0 = TLanes.Load((float*)w);
                TVec r1 = TLanes.Load((float*)w + TLanes.Width);
                TVec t = TLanes.Broadcast((int*)(x0 + k));
                a0 = TFormat.Add(a0, r0, t);
                a1 = TFormat.Add(a1, r1, t);
                t = TLanes.Broadcast((int*)(x1 + k));
                b0 = TFormat.Add(b0, r0, t);
                b1 = TFormat.Add(b1, r1, t);
            }

            TVec scales0 = TLanes.Load(scales);
            TVec scales1 = TLanes.Load(scales + TLanes.Width);
            scales += Kernels.PanelRows;
            p0 = AddBlock<TFormat>(a0, scales0, factors + b, p0);
            q0 = AddBlock<TFormat>(a1, scales1, factors + b, q0);
            p1 = AddBlock<TFormat>(b0, scales0, factors + b + s1, p1);
            q1 = AddBlock<TFormat>(b1, scales1, factors + b + s1, q1);
        }

        TLanes.Store(p0, sums);
        TLanes.Store(q0, sums + TLanes.Width);
        TLanes.Store(p1, sums + stride);
        TLanes.Store(q1, sums + stride + TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<TFormat>(byte* w, float* scales, byte* x0, float* factors, int* corrections, int blocks, float* sums)
        where TFormat : struct, IBlockFormat<TVec>
    {
        TVec p0 = TLanes.Load(sums), q0 = TLanes.Load(sums + TLanes.Width);
        nint k = 0;
        for (nint b = 0; b < blocks; b++)
        {
            TVec a0 = TFormat.Start(corrections + b), a1 = a0;
            for (int step = 0; step < TFormat.Steps; step++, k += sizeof(int), w += Kernels.StepBytes)
            {
                TVec r0 = TLanes.Load((float*)w);
                TVec r1 = TLanes.Load((float*)w + TLanes.Width);
                TVec t = TLanes.Broadcast((int*)(x0 + k));
                a0 = TFormat.Add(a0, r0, t);
                a1 = TFormat.Add(a1, r1, t);
            }

            TVec scales0 = TLanes.Load(scales);
            TVec scales1 = TLanes.Load(scales + TLanes.Width);
            scales += Kernels.PanelRows;
            p0 = AddBlock<TFormat>(a0, scales0, factors + b, p0);
            q0 = AddBlock<TFormat>(a1, scales1, factors + b, q0);
        }

        TLanes.Store(p0, sums);
        TLanes.Store(q0, sums + TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec AddBlock<TFormat>(TVec sum, TVec weightScales, float* scale, TVec sums)
        where TFormat : struct, IBlockFormat<TVec> =>
        TLanes.MultiplyAdd(TLanes.Int32ToSingle(TFormat.Total(sum)), TLanes.Multiply(weightScales, TLanes.Create(*scale)), sums);
}
