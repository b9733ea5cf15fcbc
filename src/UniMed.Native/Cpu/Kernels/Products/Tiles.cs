using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// Tiles of products of fp32 rows: 4 rows x 6, 2 or 1 tokens. Six tokens are 24 sums, and 10 loads for 24
/// multiply-adds.
/// </summary>
/// <remarks>
/// Lanes run along K, the columns that are summed: every (row, token) pair has one vector of sums, and lane l adds
/// columns l, l + width, l + 2 width, ... in order. Then the lanes of a vector are added in one order
/// (<see cref="ILanes{TVec}.SumEach"/>), the same in every tile: a token has the same bits beside any others.
/// </remarks>
internal static unsafe class Tiles<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <summary>
    /// product[t][r] = rows[r] . x[t], or with <paramref name="add"/> added to what stands there. Columns are whole
    /// vectors of the widest kind.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* w, nint wStride, int rows, float* x, nint xStride, int tokens, int columns, float* product, nint productStride, bool add)
    {
        for (int t = 0; t < tokens;)
        {
            int left = tokens - t;
            int taken = TLanes.HasManyRegisters && left > 2 ? Kernels.TileTokens : Math.Min(2, left);
            float* at = x + (t * xStride);
            float* to = product + (t * productStride);
            for (int r = 0; r < rows; r += Kernels.TileRows)
            {
                if (taken == Kernels.TileTokens)
                    Tile6(w + (r * wStride), wStride, at, xStride, Math.Min(Kernels.TileTokens, left) - 1, columns, to + r, productStride, add);
                else if (taken == 2)
                    Tile2(w + (r * wStride), wStride, at, xStride, columns, to + r, productStride, add);
                else
                    Tile1(w + (r * wStride), wStride, at, columns, to + r, add);
            }

            t += taken;
        }
    }

    /// <summary>Stores the sums of four rows, or adds them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(Vector128<float> sums, float* product, bool add)
    {
        if (add)
            sums = Vector128.Load(product) + sums;
        sums.Store(product);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6(float* w0, nint wStride, float* x0, nint xStride, int last, int columns, float* product, nint productStride, bool add)
    {
        float* w1 = w0 + wStride;
        float* w2 = w1 + wStride;
        float* w3 = w2 + wStride;
        float* x1 = x0 + xStride;
        float* x2 = x0 + (2 * xStride);
        // Tokens behind the last are computed as the last; their sums are nobody's.
        float* x3 = x0 + (Math.Min(3, last) * xStride);
        float* x4 = x0 + (Math.Min(4, last) * xStride);
        float* x5 = x0 + (Math.Min(5, last) * xStride);
        TVec a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVec b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        TVec c0 = TLanes.Zero, c1 = TLanes.Zero, c2 = TLanes.Zero, c3 = TLanes.Zero;
        TVec d0 = TLanes.Zero, d1 = TLanes.Zero, d2 = TLanes.Zero, d3 = TLanes.Zero;
        TVec e0 = TLanes.Zero, e1 = TLanes.Zero, e2 = TLanes.Zero, e3 = TLanes.Zero;
        TVec f0 = TLanes.Zero, f1 = TLanes.Zero, f2 = TLanes.Zero, f3 = TLanes.Zero;
        for (nint k = 0; k < columns; k += TLanes.Width)
        {
            TVec r0 = TLanes.Load(w0 + k);
            TVec r1 = TLanes.Load(w1 + k);
            TVec r2 = TLanes.Load(w2 + k);
            TVec r3 = TLanes.Load(w3 + k);
            TVec t = TLanes.Load(x0 + k);
            a0 = TLanes.MultiplyAdd(r0, t, a0);
            a1 = TLanes.MultiplyAdd(r1, t, a1);
            a2 = TLanes.MultiplyAdd(r2, t, a2);
            a3 = TLanes.MultiplyAdd(r3, t, a3);
            t = TLanes.Load(x1 + k);
            b0 = TLanes.MultiplyAdd(r0, t, b0);
            b1 = TLanes.MultiplyAdd(r1, t, b1);
            b2 = TLanes.MultiplyAdd(r2, t, b2);
            b3 = TLanes.MultiplyAdd(r3, t, b3);
            t = TLanes.Load(x2 + k);
            c0 = TLanes.MultiplyAdd(r0, t, c0);
            c1 = TLanes.MultiplyAdd(r1, t, c1);
            c2 = TLanes.MultiplyAdd(r2, t, c2);
            c3 = TLanes.MultiplyAdd(r3, t, c3);
            t = TLanes.Load(x3 + k);
            d0 = TLanes.MultiplyAdd(r0, t, d0);
            d1 = TLanes.MultiplyAdd(r1, t, d1);
            d2 = TLanes.MultiplyAdd(r2, t, d2);
            d3 = TLanes.MultiplyAdd(r3, t, d3);
            t = TLanes.Load(x4 + k);
            e0 = TLanes.MultiplyAdd(r0, t, e0);
            e1 = TLanes.MultiplyAdd(r1, t, e1);
            e2 = TLanes.MultiplyAdd(r2, t, e2);
            e3 = TLanes.MultiplyAdd(r3, t, e3);
            t = TLanes.Load(x5 + k);
            f0 = TLanes.MultiplyAdd(r0, t, f0);
            f1 = TLanes.MultiplyAdd(r1, t, f1);
            f2 = TLanes.MultiplyAdd(r2, t, f2);
            f3 = TLanes.MultiplyAdd(r3, t, f3);
        }

        Put(TLanes.SumEach(a0, a1, a2, a3), product, add);
        Put(TLanes.SumEach(b0, b1, b2, b3), product + productStride, add);
        Put(TLanes.SumEach(c0, c1, c2, c3), product + (2 * productStride), add);
        Put(TLanes.SumEach(d0, d1, d2, d3), product + (3 * productStride), add);
        Put(TLanes.SumEach(e0, e1, e2, e3), product + (4 * productStride), add);
        Put(TLanes.SumEach(f0, f1, f2, f3), product + (5 * productStride), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2(float* w0, nint wStride, float* x0, nint xStride, int columns, float* product, nint productStride, bool add)
    {
        float* w1 = w0 + wStride;
        float* w2 = w1 + wStride;
        float* w3 = w2 + wStride;
        float* x1 = x0 + xStride;
        TVec a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVec b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        for (nint k = 0; k < columns; k += TLanes.Width)
        {
            TVec t = TLanes.Load(x0 + k);
            TVec u = TLanes.Load(x1 + k);
            TVec r = TLanes.Load(w0 + k);
            a0 = TLanes.MultiplyAdd(r, t, a0);
            b0 = TLanes.MultiplyAdd(r, u, b0);
            r = TLanes.Load(w1 + k);
            a1 = TLanes.MultiplyAdd(r, t, a1);
            b1 = TLanes.MultiplyAdd(r, u, b1);
            r = TLanes.Load(w2 + k);
            a2 = TLanes.MultiplyAdd(r, t, a2);
            b2 = TLanes.MultiplyAdd(r, u, b2);
            r = TLanes.Load(w3 + k);
            a3 = TLanes.MultiplyAdd(r, t, a3);
            b3 = TLanes.MultiplyAdd(r, u, b3);
        }

        Put(TLanes.SumEach(a0, a1, a2, a3), product, add);
        Put(TLanes.SumEach(b0, b1, b2, b3), product + productStride, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1(float* w0, nint wStride, float* x, int columns, float* product, bool add)
    {
        float* w1 = w0 + wStride;
        float* w2 = w1 + wStride;
        float* w3 = w2 + wStride;
        TVec a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        for (nint k = 0; k < columns; k += TLanes.Width)
        {
            TVec t = TLanes.Load(x + k);
            a0 = TLanes.MultiplyAdd(TLanes.Load(w0 + k), t, a0);
            a1 = TLanes.MultiplyAdd(TLanes.Load(w1 + k), t, a1);
            a2 = TLanes.MultiplyAdd(TLanes.Load(w2 + k), t, a2);
            a3 = TLanes.MultiplyAdd(TLanes.Load(w3 + k), t, a3);
        }

        Put(TLanes.SumEach(a0, a1, a2, a3), product, add);
    }
}
