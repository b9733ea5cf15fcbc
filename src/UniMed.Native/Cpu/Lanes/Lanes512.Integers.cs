using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu.Lanes;

/// <summary>Integers.</summary>
internal readonly unsafe partial struct Lanes512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(int* source) => Vector512.Create(*source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddInt16(Vector512<float> a, Vector512<float> b) => (a.AsInt16() + b.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddInt32(Vector512<float> a, Vector512<float> b) => (a.AsInt32() + b.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LowHalfBytes(Vector512<float> a) => (a.AsByte() & Vector512.Create((byte)15)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HighHalfBytes(Vector512<float> a) => ((a.AsUInt16() >>> 4).AsByte() & Vector512.Create((byte)15)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> EvenBytes(Vector512<float> a) => ((a.AsInt16() << 8) >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OddBytes(Vector512<float> a) => (a.AsInt16() >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAddBytes(Vector512<float> unsigned, Vector512<float> signed) =>
        Avx512BW.MultiplyAddAdjacent(unsigned.AsByte(), signed.AsSByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAddInt16(Vector512<float> a, Vector512<float> b) => Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AddPairsInt16(Vector512<float> a) => Avx512BW.MultiplyAddAdjacent(a.AsInt16(), Vector512.Create((short)1)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Int32ToSingle(Vector512<float> a) => Avx512F.ConvertToVector512Single(a.AsInt32());

    public static void Transpose<TSink>(byte* rows, nint stride, float* to)
        where TSink : struct, IColumnSink<Vector512<float>>
    {
        // Squares of 4 x 4 inside the 128-bit parts first, then the parts.
        Four(rows, stride, out Vector512<int> a0, out Vector512<int> a1, out Vector512<int> a2, out Vector512<int> a3);
        Four(rows + (4 * stride), stride, out Vector512<int> b0, out Vector512<int> b1, out Vector512<int> b2, out Vector512<int> b3);
        Four(rows + (8 * stride), stride, out Vector512<int> c0, out Vector512<int> c1, out Vector512<int> c2, out Vector512<int> c3);
        Four(rows + (12 * stride), stride, out Vector512<int> d0, out Vector512<int> d1, out Vector512<int> d2, out Vector512<int> d3);
        Parts<TSink>(a0, b0, c0, d0, 0, to);
        Parts<TSink>(a1, b1, c1, d1, 1, to);
        Parts<TSink>(a2, b2, c2, d2, 2, to);
        Parts<TSink>(a3, b3, c3, d3, 3, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Vector512<float> whole, sbyte* destination) => Avx512F.ConvertToVector128SByteWithSaturation(Avx512F.ConvertToVector512Int32(whole)).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt16(Vector512<float> whole, short* destination) =>
        Avx512F.ConvertToVector256Int16WithSaturation(Avx512F.Shuffle(Avx512F.ConvertToVector512Int32(whole), 0b11_01_10_00)).Store(destination);

    /// <summary>Part p of vector j holds column 4 p + j of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(byte* rows, nint stride, out Vector512<int> v0, out Vector512<int> v1, out Vector512<int> v2, out Vector512<int> v3)
    {
        Vector512<int> a = Vector512.Load((int*)rows);
        Vector512<int> b = Vector512.Load((int*)(rows + stride));
        Vector512<int> c = Vector512.Load((int*)(rows + (2 * stride)));
        Vector512<int> d = Vector512.Load((int*)(rows + (3 * stride)));
        Vector512<long> abLow = Avx512F.UnpackLow(a, b).AsInt64();
        Vector512<long> abHigh = Avx512F.UnpackHigh(a, b).AsInt64();
        Vector512<long> cdLow = Avx512F.UnpackLow(c, d).AsInt64();
        Vector512<long> cdHigh = Avx512F.UnpackHigh(c, d).AsInt64();
        v0 = Avx512F.UnpackLow(abLow, cdLow).AsInt32();
        v1 = Avx512F.UnpackHigh(abLow, cdLow).AsInt32();
        v2 = Avx512F.UnpackLow(abHigh, cdHigh).AsInt32();
        v3 = Avx512F.UnpackHigh(abHigh, cdHigh).AsInt32();
    }

    /// <summary>Hands part p of the four vectors on as column index + 4 p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Parts<TSink>(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, int index, float* to)
        where TSink : struct, IColumnSink<Vector512<float>>
    {
        Vector512<int> abLow = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00);
        Vector512<int> abHigh = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
        Vector512<int> cdLow = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00);
        Vector512<int> cdHigh = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        TSink.Put(Avx512F.Shuffle4x128(abLow, cdLow, 0b10_00_10_00).AsSingle(), index, to);
        TSink.Put(Avx512F.Shuffle4x128(abLow, cdLow, 0b11_01_11_01).AsSingle(), index + 4, to);
        TSink.Put(Avx512F.Shuffle4x128(abHigh, cdHigh, 0b10_00_10_00).AsSingle(), index + 8, to);
        TSink.Put(Avx512F.Shuffle4x128(abHigh, cdHigh, 0b11_01_11_01).AsSingle(), index + 12, to);
    }
}
