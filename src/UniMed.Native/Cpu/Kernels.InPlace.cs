using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// One token times four rows of weights where they lie, widened in registers. Bytes: the weights once; a core asks for less arithmetic than its share of memory bandwidth
/// leaves time for. Every weight becomes the number that a panel holds, and sums are added as a tile adds them.
/// </summary>
/// <remarks>
/// Four rows at once are four streams, and memory gives four streams half of what it gives one (measured: 17 GB/s against 33). So the next four rows are asked for while these are used, one
/// line after the other as they lie in memory: a single stream again (30 GB/s).
/// int4's trick: the 16 values that 4 bits can have stand in one register, already multiplied by the block's scale, and the half bytes pick from it (vpermps): one multiplication,
/// two picks and two multiply-adds for 32 weights.
/// </remarks>
internal sealed unsafe partial class Kernels<TLanes, TVec>
{
    private const int CacheLine = 64;
    private const int PairRows = 2 * TileRows;

    /// <summary>Blocks of the longest chunk: the distance of two rows' scales, a constant for the addresses' sake.</summary>
    private const int ChunkBlocks = LongestChunk / Block;

    /// <summary>Quantized blocks are widened in registers where 16 lanes hold half a block; narrower vectors go through a panel in the first-level cache.</summary>
    private static bool ReadsInPlace(StoredAs stored) =>
        stored is StoredAs.Single or StoredAs.Half or StoredAs.Brain || (TLanes.Width == 16 && stored is (StoredAs.Int8 or StoredAs.Int4));

    /// <summary>Rows behind the last are computed as the last and left out of the sums' use.</summary>
    private void DotInPlace(in CpuMatrix weight, int first, int rows, int column, int count, float* x, float* product, bool add)
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
                result = DotFloats<SingleNumbers>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (TileRows * at), count, x);
                break;
            case StoredAs.Half:
                at = (nint)column * sizeof(ushort);
                result = DotFloats<HalfNumbers>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (TileRows * at), count, x);
                break;
            case StoredAs.Brain:
                at = (nint)column * sizeof(ushort);
                result = DotFloats<BrainNumbers>(weight, first, rows, column, r0 + at, r1 + at, r2 + at, r3 + at, next + (TileRows * at), count, x);
                break;
            default:
                result = DotBlocks(weight, first, rows, column, count, x);
                break;
        }

        Put(result, product, add);
    }

    private Vector128<float> DotFloats<TNumbers>(in CpuMatrix weight, int first, int rows, int column, byte* r0, byte* r1, byte* r2, byte* r3, byte* next, int count, float* x)
        where TNumbers : struct, INumbers
    {
        TVec a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        nint whole = count / Pad * Pad;
        for (nint k = 0; k < whole; k += Pad)
        {
            for (int line = 0; line < TileRows * Pad * TNumbers.Bytes; line += CacheLine)
                AskFor(next + line);
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

    [SkipLocalsInit]
    private Vector128<float> DotBlocks(in CpuMatrix weight, int first, int rows, int column, int count, float* x)
    {
        int blocks = count / Block;
        float* scales = stackalloc float[TileRows * ChunkBlocks];
        for (int r = 0; r < rows; r++)
            WidenScales(weight.Scales + ((first + r) * weight.ScaleStride) + (column / Block), blocks, scales + (r * ChunkBlocks));
        for (int r = rows; r < TileRows; r++)
            new Span<float>(scales, blocks).CopyTo(new Span<float>(scales + (r * ChunkBlocks), blocks));
        nint bytes = weight.RowBytes;
        byte* r0 = weight.Values + (first * bytes) + (weight.Stored == StoredAs.Int8 ? column : column / 2);
        byte* r1 = rows > 1 ? r0 + bytes : r0;
        byte* r2 = rows > 2 ? r1 + bytes : r0;
        byte* r3 = rows > 3 ? r2 + bytes : r0;
        byte* next = r0 + (TileRows * bytes) + ((TileRows - 1) * (nint)(weight.Stored == StoredAs.Int8 ? column : column / 2));
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0;
        if (weight.Stored == StoredAs.Int8)
            DotInt8(r0, r1, r2, r3, next, scales, blocks, x, ref a0, ref a1, ref a2, ref a3);
        else
            DotInt4(r0, r1, r2, r3, next, scales, blocks, x, ref a0, ref a1, ref a2, ref a3);
        int whole = blocks * Block;
        return whole == count
            ? Lanes512.SumEach(a0, a1, a2, a3)
            : DotTail(As(a0), As(a1), As(a2), As(a3), weight, first, rows, column + whole, count - whole, x + whole);

        static TVec As(Vector512<float> vector) => Unsafe.BitCast<Vector512<float>, TVec>(vector);
    }

    /// <summary>As <see cref="DotInPlace"/> for eight rows of whole blocks: eight chains of sums hide the latency of multiply-adds, which four do not where a block takes two.</summary>
    [SkipLocalsInit]
    private static void DotEight(in CpuMatrix weight, int first, int column, int count, float* x, float* product, bool add)
    {
        int blocks = count / Block;
        float* scales = stackalloc float[PairRows * ChunkBlocks];
        for (int r = 0; r < PairRows; r++)
            WidenScales(weight.Scales + ((first + r) * weight.ScaleStride) + (column / Block), blocks, scales + (r * ChunkBlocks));
        bool isInt8 = weight.Stored == StoredAs.Int8;
        nint offset = isInt8 ? column : column / 2;
        byte* rows = weight.Values + (first * weight.RowBytes);
        byte* next = rows + (PairRows * (weight.RowBytes + offset));
        if (isInt8)
            DotEightInt8(rows + offset, weight.RowBytes, next, scales, blocks, x, product, add);
        else
            DotEightInt4(rows + offset, weight.RowBytes, next, scales, blocks, x, product, add);
    }

    private static void DotEightInt8(byte* r0, nint bytes, byte* next, float* scales, int blocks, float* x, float* product, bool add)
    {
        byte* r1 = r0 + bytes, r2 = r1 + bytes, r3 = r2 + bytes, r4 = r3 + bytes, r5 = r4 + bytes, r6 = r5 + bytes, r7 = r6 + bytes;
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        for (nint b = 0; b < blocks; b++)
        {
            AskFor(next);
            AskFor(next + CacheLine);
            AskFor(next + (2 * CacheLine));
            AskFor(next + (3 * CacheLine));
            next += PairRows * Block;
            Vector512<float> t = Vector512.Load(x);
            Vector512<float> u = Vector512.Load(x + 16);
            x += Block;
            nint at = b * Block;
            float* s = scales + b;
            a0 = Int8(r0 + at, s, t, u, a0);
            a1 = Int8(r1 + at, s + ChunkBlocks, t, u, a1);
            a2 = Int8(r2 + at, s + (2 * ChunkBlocks), t, u, a2);
            a3 = Int8(r3 + at, s + (3 * ChunkBlocks), t, u, a3);
            a4 = Int8(r4 + at, s + (4 * ChunkBlocks), t, u, a4);
            a5 = Int8(r5 + at, s + (5 * ChunkBlocks), t, u, a5);
            a6 = Int8(r6 + at, s + (6 * ChunkBlocks), t, u, a6);
            a7 = Int8(r7 + at, s + (7 * ChunkBlocks), t, u, a7);
        }

        Put(Lanes512.SumEach(a0, a1, a2, a3), product, add);
        Put(Lanes512.SumEach(a4, a5, a6, a7), product + TileRows, add);
    }

    private static void DotEightInt4(byte* r0, nint bytes, byte* next, float* scales, int blocks, float* x, float* product, bool add)
    {
        byte* r1 = r0 + bytes, r2 = r1 + bytes, r3 = r2 + bytes, r4 = r3 + bytes, r5 = r4 + bytes, r6 = r5 + bytes, r7 = r6 + bytes;
        Vector512<float> values = Vector512.Create(-8f, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        for (nint b = 0; b < blocks; b++)
        {
            AskFor(next);
            AskFor(next + CacheLine);
            next += PairRows * Block / 2;
            Vector512<float> t = Vector512.Load(x);
            Vector512<float> u = Vector512.Load(x + 16);
            x += Block;
            nint at = b * 16;
            float* s = scales + b;
            a0 = Int4(r0 + at, s, values, t, u, a0);
            a1 = Int4(r1 + at, s + ChunkBlocks, values, t, u, a1);
            a2 = Int4(r2 + at, s + (2 * ChunkBlocks), values, t, u, a2);
            a3 = Int4(r3 + at, s + (3 * ChunkBlocks), values, t, u, a3);
            a4 = Int4(r4 + at, s + (4 * ChunkBlocks), values, t, u, a4);
            a5 = Int4(r5 + at, s + (5 * ChunkBlocks), values, t, u, a5);
            a6 = Int4(r6 + at, s + (6 * ChunkBlocks), values, t, u, a6);
            a7 = Int4(r7 + at, s + (7 * ChunkBlocks), values, t, u, a7);
        }

        Put(Lanes512.SumEach(a0, a1, a2, a3), product, add);
        Put(Lanes512.SumEach(a4, a5, a6, a7), product + TileRows, add);
    }

    private static void DotInt8(
        byte* r0, byte* r1, byte* r2, byte* r3, byte* next, float* scales, int blocks, float* x, ref Vector512<float> s0, ref Vector512<float> s1, ref Vector512<float> s2, ref Vector512<float> s3)
    {
        Vector512<float> a0 = s0, a1 = s1, a2 = s2, a3 = s3;
        for (nint b = 0; b < blocks; b++)
        {
            AskFor(next);
            AskFor(next + CacheLine);
            next += TileRows * Block;
            Vector512<float> t = Vector512.Load(x + (b * Block));
            Vector512<float> u = Vector512.Load(x + (b * Block) + 16);
            a0 = Int8(r0 + (b * Block), scales + b, t, u, a0);
            a1 = Int8(r1 + (b * Block), scales + ChunkBlocks + b, t, u, a1);
            a2 = Int8(r2 + (b * Block), scales + (2 * ChunkBlocks) + b, t, u, a2);
            a3 = Int8(r3 + (b * Block), scales + (3 * ChunkBlocks) + b, t, u, a3);
        }

        (s0, s1, s2, s3) = (a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Int8(byte* values, float* scale, Vector512<float> t, Vector512<float> u, Vector512<float> sum)
    {
        Vector512<float> d = Vector512.Create(*scale);
        sum = Avx512F.FusedMultiplyAdd(Lanes512.LoadInt8((sbyte*)values) * d, t, sum);
        return Avx512F.FusedMultiplyAdd(Lanes512.LoadInt8((sbyte*)values + 16) * d, u, sum);
    }

    private static void DotInt4(
        byte* r0, byte* r1, byte* r2, byte* r3, byte* next, float* scales, int blocks, float* x, ref Vector512<float> s0, ref Vector512<float> s1, ref Vector512<float> s2, ref Vector512<float> s3)
    {
        Vector512<float> values = Vector512.Create(-8f, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
        Vector512<float> a0 = s0, a1 = s1, a2 = s2, a3 = s3;
        for (nint b = 0; b < blocks; b++)
        {
            AskFor(next);
            next += TileRows * Block / 2;
            Vector512<float> t = Vector512.Load(x + (b * Block));
            Vector512<float> u = Vector512.Load(x + (b * Block) + 16);
            a0 = Int4(r0 + (b * 16), scales + b, values, t, u, a0);
            a1 = Int4(r1 + (b * 16), scales + ChunkBlocks + b, values, t, u, a1);
            a2 = Int4(r2 + (b * 16), scales + (2 * ChunkBlocks) + b, values, t, u, a2);
            a3 = Int4(r3 + (b * 16), scales + (3 * ChunkBlocks) + b, values, t, u, a3);
        }

        (s0, s1, s2, s3) = (a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Int4(byte* pairs, float* scale, Vector512<float> values, Vector512<float> t, Vector512<float> u, Vector512<float> sum)
    {
        Vector512<float> scaled = values * Vector512.Create(*scale);
        Vector512<int> pair = Avx512F.ConvertToVector512Int32(Vector128.Load(pairs));
        // Picking looks at the lowest four bits of a lane only.
        sum = Avx512F.FusedMultiplyAdd(Avx512F.PermuteVar16x32(scaled, pair), t, sum);
        return Avx512F.FusedMultiplyAdd(Avx512F.PermuteVar16x32(scaled, pair >>> 4), u, sum);
    }

    /// <summary>Has a line of memory brought into the second-level cache; nothing happens where there is no memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskFor(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }

    /// <summary>Widens the scales of consecutive blocks. Whole vectors are read inside them only: the last one overlaps the one before.</summary>
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
