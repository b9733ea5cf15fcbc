using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// One token times 16 rows of quantized weights where they lie, for 512-bit vectors; narrower ones go through a
/// panel. Bytes: the weights once. The sums are those of <see cref="BlockTiles{TLanes, TVec}"/>, bit for bit.
/// </summary>
/// <remarks>
/// Lanes run along K until a block's products are added up - 64 bytes of a row are four blocks of int4 or two of int8
/// - and the sums of 16 rows are then transposed while they are halved, so that a register ends up with one block of
/// 16 rows: from there on lanes are rows, and blocks are added in order of K. int4's sums less the offset of 8 fit
/// into 16 bits to the end (32 * 8 * 127 = 32512), which halves the work of adding them. 16 rows are 16 streams, and
/// memory gives several streams half of what it gives one: the next 16 rows are asked for line after line as they
/// lie.
/// </remarks>
internal static unsafe class BlockDots
{
    private const int DotRows = 16;
    private const int DotBytes = 64;
    private const int Block = BlockQuantization.BlockSize;

    /// <summary>product[r] = row first + r . x.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product<TPrefetch>(in CpuMatrix weight, int first, int rows, in CpuActivations x, int blocks, float* scales, float* product)
        where TPrefetch : struct, IPrefetch
    {
        bool isInt4 = weight.Stored == StoredAs.Int4;
        int blockBytes = isInt4 ? BlockQuantization.Int4BlockBytes : Block;
        nint rowBytes = isInt4 ? (nint)blocks * blockBytes : weight.Columns;
        float* ends = stackalloc float[DotRows];
        byte* rest = stackalloc byte[DotRows * DotBytes];
        for (int r = 0; r < rows; r += DotRows)
        {
            int count = Math.Min(DotRows, rows - r);
            byte* values = weight.Values + ((first + r) * weight.RowBytes);
            byte* next = values + (DotRows * weight.RowBytes);
            byte* nextScales = (byte*)(weight.Scales + ((first + r + DotRows) * weight.ScaleStride));
            Vector512<float> sums = Vector512<float>.Zero;
            for (int b = 0; b < blocks; b += Kernels.ChunkBlocks)
            {
                int taken = Math.Min(Kernels.ChunkBlocks, blocks - b);
                for (int line = 0; line < DotRows * Kernels.ChunkBlocks * sizeof(ushort); line += Kernels.CacheLine)
                    TPrefetch.Line(nextScales + line);
                nextScales += DotRows * Kernels.ChunkBlocks * sizeof(ushort);
                BlockPanels<Lanes512, Vector512<float>>.TransposeScales(weight, first + r, count, b, taken, scales);
                for (int done = 0; done < taken; done += DotBytes / blockBytes)
                {
                    nint at = (nint)(b + done) * blockBytes;
                    byte* from = values + at;
                    nint stride = weight.RowBytes;
                    for (int line = 0; line < DotRows * DotBytes; line += Kernels.CacheLine)
                        TPrefetch.Line(next + line);
                    next += DotRows * DotBytes;
                    if (count < DotRows || rowBytes - at < DotBytes)
                    {
                        for (int i = 0; i < count; i++)
                            new Span<byte>(from + (i * stride), (int)Math.Min(DotBytes, rowBytes - at)).CopyTo(new Span<byte>(rest + (i * DotBytes), DotBytes));
                        from = rest;
                        stride = DotBytes;
                    }

                    if (isInt4)
                        sums = DotFourBlocks(from, stride, x.Values + ((b + done) * Block), scales + (done * Kernels.PanelRows), x.Scales + b + done, taken - done, sums);
                    else
                        sums = DotTwoBlocks(from, stride, x.Values + ((b + done) * Block * sizeof(short)), scales + (done * Kernels.PanelRows), x.Scales + b + done, taken - done, sums);
                }
            }

            if (count == DotRows)
            {
                sums.Store(product + r);
                continue;
            }

            sums.Store(ends);
            new Span<float>(ends, count).CopyTo(new Span<float>(product + r, count));
        }
    }

    /// <summary>int4: four blocks of 16 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> DotFourBlocks(byte* rows, nint stride, byte* x, float* scales, float* factors, int count, Vector512<float> sums)
    {
        // A block's 128 bits of a row hold its first 16 numbers in the lower and its last 16 in the upper halves of
        // the bytes.
        Vector512<long> x0 = Vector512.Load((long*)x);
        Vector512<long> x1 = Vector512.Load((long*)(x + 64));
        Vector512<sbyte> low = Avx512F.Shuffle4x128(x0, x1, 0b10_00_10_00).AsSByte();
        Vector512<sbyte> high = Avx512F.Shuffle4x128(x0, x1, 0b11_01_11_01).AsSByte();
        Vector512<byte> eight = Vector512.Create((byte)8);
        Vector512<short> start = Vector512<short>.Zero - (Avx512BW.MultiplyAddAdjacent(eight, low) + Avx512BW.MultiplyAddAdjacent(eight, high));
        Vector512<short> upper = EightRows(rows, stride, low, high, start);
        Vector512<short> lower = EightRows(rows + (8 * stride), stride, low, high, start);
        Vector512<long> even = Avx512F.PermuteVar8x64x2(upper.AsInt64(), Vector512.Create(0L, 1, 8, 9, 2, 3, 10, 11), lower.AsInt64());
        sums = AddBlock(Avx512BW.ConvertToVector512Int32(even.AsInt16().GetLower()), scales, factors, sums);
        if (count > 1)
            sums = AddBlock(Avx512BW.ConvertToVector512Int32(even.AsInt16().GetUpper()), scales + Kernels.PanelRows, factors + 1, sums);
        if (count > 2)
        {
            Vector512<long> odd = Avx512F.PermuteVar8x64x2(upper.AsInt64(), Vector512.Create(4L, 5, 12, 13, 6, 7, 14, 15), lower.AsInt64());
            sums = AddBlock(Avx512BW.ConvertToVector512Int32(odd.AsInt16().GetLower()), scales + (2 * Kernels.PanelRows), factors + 2, sums);
            if (count > 3)
                sums = AddBlock(Avx512BW.ConvertToVector512Int32(odd.AsInt16().GetUpper()), scales + (3 * Kernels.PanelRows), factors + 3, sums);
        }

        return sums;
    }

    /// <summary>Each 128 bits: the sums of a block, eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> EightRows(byte* rows, nint stride, Vector512<sbyte> low, Vector512<sbyte> high, Vector512<short> start)
    {
        Vector512<int> a = FourRows(rows, stride, low, high, start);
        Vector512<int> b = FourRows(rows + (4 * stride), stride, low, high, start);
        return (Avx512F.UnpackLow(a.AsInt64(), b.AsInt64()).AsInt16()) + (Avx512F.UnpackHigh(a.AsInt64(), b.AsInt64()).AsInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> FourRows(byte* rows, nint stride, Vector512<sbyte> low, Vector512<sbyte> high, Vector512<short> start)
    {
        Vector512<int> a = TwoRows(rows, stride, low, high, start);
        Vector512<int> b = TwoRows(rows + (2 * stride), stride, low, high, start);
        return (Avx512F.UnpackLow(a, b).AsInt16() + Avx512F.UnpackHigh(a, b).AsInt16()).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> TwoRows(byte* rows, nint stride, Vector512<sbyte> low, Vector512<sbyte> high, Vector512<short> start)
    {
        Vector512<short> a = OneRow(rows, low, high, start);
        Vector512<short> b = OneRow(rows + stride, low, high, start);
        return (Avx512BW.UnpackLow(a, b) + Avx512BW.UnpackHigh(a, b)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> OneRow(byte* row, Vector512<sbyte> low, Vector512<sbyte> high, Vector512<short> start)
    {
        Vector512<byte> pairs = Vector512.Load(row);
        Vector512<byte> lower = pairs & Vector512.Create((byte)15);
        Vector512<byte> upper = (pairs.AsUInt16() >>> 4).AsByte() & Vector512.Create((byte)15);
        return start + Avx512BW.MultiplyAddAdjacent(lower, low) + Avx512BW.MultiplyAddAdjacent(upper, high);
    }

    /// <summary>int8: two blocks of 16 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> DotTwoBlocks(byte* rows, nint stride, byte* x, float* scales, float* factors, int count, Vector512<float> sums)
    {
        // Activations lie as 0, 2, 1, 3: every other 32 bits belong to a row's even bytes.
        Vector512<int> x0 = Vector512.Load((int*)x);
        Vector512<int> x1 = Vector512.Load((int*)(x + 64));
        Vector512<short> even = Avx512F.PermuteVar16x32x2(x0, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), x1).AsInt16();
        Vector512<short> odd = Avx512F.PermuteVar16x32x2(x0, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), x1).AsInt16();
        Vector512<int> a = FourRows(rows, stride, even, odd);
        Vector512<int> b = FourRows(rows + (4 * stride), stride, even, odd);
        Vector512<int> c = FourRows(rows + (8 * stride), stride, even, odd);
        Vector512<int> d = FourRows(rows + (12 * stride), stride, even, odd);
        Vector512<int> ab = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00) + Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<int> cd = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00) + Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        sums = AddBlock(Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00), scales, factors, sums);
        return count > 1 ? AddBlock(Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01), scales + Kernels.PanelRows, factors + 1, sums) : sums;
    }

    /// <summary>
    /// Each 128 bits: a fourth of the sums of four rows, the first two of one block, the last two of the other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> FourRows(byte* rows, nint stride, Vector512<short> even, Vector512<short> odd)
    {
        Vector512<long> a = TwoRows(rows, stride, even, odd);
        Vector512<long> b = TwoRows(rows + (2 * stride), stride, even, odd);
        return Avx512F.UnpackLow(a, b).AsInt32() + Avx512F.UnpackHigh(a, b).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> TwoRows(byte* rows, nint stride, Vector512<short> even, Vector512<short> odd)
    {
        Vector512<int> a = OneRow(rows, even, odd);
        Vector512<int> b = OneRow(rows + stride, even, odd);
        return (Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b)).AsInt64();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> OneRow(byte* row, Vector512<short> even, Vector512<short> odd)
    {
        Vector512<short> bytes = Vector512.Load((short*)row);
        return Avx512BW.MultiplyAddAdjacent((bytes << 8) >> 8, even) + Avx512BW.MultiplyAddAdjacent(bytes >> 8, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> AddBlock(Vector512<int> sum, float* scales, float* factor, Vector512<float> sums) =>
        Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(sum), Vector512.Load(scales) * Vector512.Create(*factor), sums);
}
