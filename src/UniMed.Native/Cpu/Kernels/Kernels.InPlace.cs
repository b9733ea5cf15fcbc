using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu;

/// <summary>
/// One token times four rows of weights where they lie, widened in registers. Bytes: the weights once; a core asks for less arithmetic than its share of memory bandwidth
/// leaves time for. Every weight becomes the number that a panel holds, and sums are added as a tile adds them.
/// </summary>
/// <remarks>
/// Four rows at once are four streams, and memory gives four streams half of what it gives one (measured: 17 GB/s against 33). So the next four rows are asked for while these are used, one
/// line after the other as they lie in memory: a single stream again (30 GB/s). Which caches they come into is the processor's choice: <see cref="PrefetchHint"/>.
/// </remarks>
internal sealed unsafe partial class Kernels<TLanes, TVec>
{
    private const int CacheLine = 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DotRowsInPlace<TPrefetch>(in CpuMatrix weight, int first, int rows, int chunk, float* x, float* product)
        where TPrefetch : struct, IPrefetch
    {
        int columns = weight.Columns;
        for (int r = 0; r < rows; r += TileRows)
        {
            int count = Math.Min(TileRows, rows - r);
            for (int c = 0; c < columns; c += chunk)
                DotInPlace<TPrefetch>(weight, first + r, count, c, Math.Min(chunk, columns - c), x + c, product + r, c > 0);
        }
    }

    /// <summary>Rows behind the last are computed as the last and left out of the sums' use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DotInPlace<TPrefetch>(in CpuMatrix weight, int first, int rows, int column, int count, float* x, float* product, bool add)
        where TPrefetch : struct, IPrefetch
    {
        byte* r0 = weight.Values + (first * weight.RowBytes);
        byte* r1 = rows > 1 ? r0 + weight.RowBytes : r0;
        byte* r2 = rows > 2 ? r1 + weight.RowBytes : r0;
        byte* r3 = rows > 3 ? r2 + weight.RowBytes : r0;
        byte* next = r0 + (TileRows * weight.RowBytes);
        Vector128<float> result;
        switch (weight.Stored)
        {
            case StoredAs.Single:
                nint at = (nint)column * sizeof(float);
                result = DotFloats<SingleNumbers, TPrefetch>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (TileRows * at), count, x);
                break;
            case StoredAs.Half:
                at = (nint)column * sizeof(ushort);
                result = DotFloats<HalfNumbers, TPrefetch>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (TileRows * at), count, x);
                break;
            case StoredAs.Brain:
                at = (nint)column * sizeof(ushort);
                result = DotFloats<BrainNumbers, TPrefetch>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (TileRows * at), count, x);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{weight.Stored} is not read in place.");
        }

        Put(result, product, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector128<float> DotFloats<TNumbers, TPrefetch>(in CpuMatrix weight, int first, int rows, int column, byte* r0, byte* r1, byte* r2, byte* r3, byte* next, int count, float* x)
        where TNumbers : struct, INumbers
        where TPrefetch : struct, IPrefetch
    {
        TVec a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        nint whole = count / Pad * Pad;
        for (nint k = 0; k < whole; k += Pad)
        {
            for (int line = 0; line < TileRows * Pad * TNumbers.Bytes; line += CacheLine)
                TPrefetch.Line(next + line);
            next += TileRows * Pad * TNumbers.Bytes;
            for (int i = 0; i < Pad; i += TLanes.Width)
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

    /// <summary>Adds what is left behind whole vectors: the rows' last numbers are widened into zeros first, because nothing behind a row may be read.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector128<float> DotTail(TVec a0, TVec a1, TVec a2, TVec a3, in CpuMatrix weight, int first, int rows, int column, int count, float* x)
    {
        float* last = stackalloc float[TileRows * Block];
        int padded = PadColumns(count);
        for (int r = 0; r < TileRows; r++)
            Widen(weight, first + Math.Min(r, rows - 1), column, count, last + (r * padded));
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

    /// <summary>Has a line of memory brought into the second-level cache; nothing happens where there is no memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskFor(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }

    /// <summary>Widens the scales of consecutive blocks. Whole vectors are read inside them only: the last one overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenScales(ushort* scales, int count, float* output)
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.LoadHalf(scales + i), output + i);
        if (i == count)
            return;
        if (count >= TLanes.Width)
        {
            TLanes.Store(TLanes.LoadHalf(scales + count - TLanes.Width), output + count - TLanes.Width);
            return;
        }

        ushort* last = stackalloc ushort[Pad];
        float* wide = stackalloc float[Pad];
        for (; i < count; i++)
            last[i] = scales[i];
        for (int k = 0; k < Pad; k += TLanes.Width)
            TLanes.Store(TLanes.LoadHalf(last + k), wide + k);
        for (i = 0; i < count; i++)
            output[i] = wide[i];
    }

    /// <summary>How numbers of a floating-point type are loaded.</summary>
    private interface INumbers
    {
        static abstract int Bytes { get; }

        static abstract TVec Load(byte* row, nint index);
    }

    private readonly struct SingleNumbers : INumbers
    {
        public static int Bytes => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Load(byte* row, nint index) => TLanes.Load((float*)row + index);
    }

    private readonly struct HalfNumbers : INumbers
    {
        public static int Bytes => sizeof(ushort);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Load(byte* row, nint index) => TLanes.LoadHalf((ushort*)row + index);
    }

    private readonly struct BrainNumbers : INumbers
    {
        public static int Bytes => sizeof(ushort);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVec Load(byte* row, nint index) => TLanes.LoadBrain((ushort*)row + index);
    }
}
