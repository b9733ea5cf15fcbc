using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// One token times four rows of floating-point weights where they lie, widened in registers. Bytes: the weights once;
/// a core asks for less arithmetic than its share of memory bandwidth leaves time for.
/// </summary>
/// <remarks>
/// Lanes run along K, one vector of sums for each row: every weight becomes the number that a panel holds, and sums
/// are added as <see cref="Tiles{TLanes, TVec}"/> adds them, bit for bit. Four rows at once are four streams, and
/// memory gives four streams half of what it gives one. So the next four rows are asked for while these are used, one
/// line after the other as they lie in memory: a single stream again. Which caches they come into is the processor's
/// choice: <see cref="PrefetchHint"/>.
/// </remarks>
internal static unsafe class InPlaceProducts<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <summary>product[r] = row first + r . x, chunk after chunk of K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product<TPrefetch>(in CpuMatrix weight, int first, int rows, int chunk, float* x, float* product)
        where TPrefetch : struct, IPrefetch
    {
        int columns = weight.Columns;
        for (int r = 0; r < rows; r += Kernels.TileRows)
        {
            int count = Math.Min(Kernels.TileRows, rows - r);
            for (int c = 0; c < columns; c += chunk)
                Dot<TPrefetch>(weight, first + r, count, c, Math.Min(chunk, columns - c), x + c, product + r, c > 0);
        }
    }

    /// <summary>Rows behind the last are computed as the last and left out of the sums' use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot<TPrefetch>(in CpuMatrix weight, int first, int rows, int column, int count, float* x, float* product, bool add)
        where TPrefetch : struct, IPrefetch
    {
        byte* r0 = weight.Values + (first * weight.RowBytes);
        byte* r1 = rows > 1 ? r0 + weight.RowBytes : r0;
        byte* r2 = rows > 2 ? r1 + weight.RowBytes : r0;
        byte* r3 = rows > 3 ? r2 + weight.RowBytes : r0;
        byte* next = r0 + (Kernels.TileRows * weight.RowBytes);
        Vector128<float> result;
        switch (weight.Stored)
        {
            case StoredAs.Single:
                nint at = (nint)column * sizeof(float);
                result = DotFloats<SingleNumbers<TLanes, TVec>, TPrefetch>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (Kernels.TileRows * at), count, x);
                break;
            case StoredAs.Half:
                at = (nint)column * sizeof(ushort);
                result = DotFloats<HalfNumbers<TLanes, TVec>, TPrefetch>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (Kernels.TileRows * at), count, x);
                break;
            case StoredAs.Brain:
                at = (nint)column * sizeof(ushort);
                result = DotFloats<BrainNumbers<TLanes, TVec>, TPrefetch>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (Kernels.TileRows * at), count, x);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{weight.Stored} is not read in place.");
        }

        Tiles<TLanes, TVec>.Put(result, product, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<float> DotFloats<TNumbers, TPrefetch>(in CpuMatrix weight, int first, int rows, int column, byte* r0, byte* r1, byte* r2, byte* r3, byte* next, int count, float* x)
        where TNumbers : struct, INumbers<TVec>
        where TPrefetch : struct, IPrefetch
    {
        TVec a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        nint whole = count / Kernels.Pad * Kernels.Pad;
        for (nint k = 0; k < whole; k += Kernels.Pad)
        {
            for (int line = 0; line < Kernels.TileRows * Kernels.Pad * TNumbers.Bytes; line += Kernels.CacheLine)
                TPrefetch.Line(next + line);
            next += Kernels.TileRows * Kernels.Pad * TNumbers.Bytes;
            for (int i = 0; i < Kernels.Pad; i += TLanes.Width)
            {
                TVec t = TLanes.Load(x + k + i);
                a0 = TLanes.MultiplyAdd(TNumbers.Load(r0, k + i), t, a0);
                a1 = TLanes.MultiplyAdd(TNumbers.Load(r1, k + i), t, a1);
                a2 = TLanes.MultiplyAdd(TNumbers.Load(r2, k + i), t, a2);
                a3 = TLanes.MultiplyAdd(TNumbers.Load(r3, k + i), t, a3);
            }
        }

        if (whole == count)
            return TLanes.SumEach(a0, a1, a2, a3);
        return DotTail(a0, a1, a2, a3, weight, first, rows, column + (int)whole, count - (int)whole, x + whole);
    }

    /// <summary>
    /// Adds what is left behind whole vectors: the rows' last numbers are widened into zeros first, because nothing
    /// behind a row may be read.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector128<float> DotTail(TVec a0, TVec a1, TVec a2, TVec a3, in CpuMatrix weight, int first, int rows, int column, int count, float* x)
    {
        float* last = stackalloc float[Kernels.TileRows * BlockQuantization.BlockSize];
        int padded = Kernels.PadColumns(count);
        for (int r = 0; r < Kernels.TileRows; r++)
            Widening<TLanes, TVec>.Widen(weight, first + Math.Min(r, rows - 1), column, count, last + (r * padded));
        for (int k = 0; k < padded; k += TLanes.Width)
        {
            TVec t = TLanes.Load(x + k);
            a0 = TLanes.MultiplyAdd(TLanes.Load(last + k), t, a0);
            a1 = TLanes.MultiplyAdd(TLanes.Load(last + padded + k), t, a1);
            a2 = TLanes.MultiplyAdd(TLanes.Load(last + (2 * padded) + k), t, a2);
            a3 = TLanes.MultiplyAdd(TLanes.Load(last + (3 * padded) + k), t, a3);
        }

        return TLanes.SumEach(a0, a1, a2, a3);
    }
}
