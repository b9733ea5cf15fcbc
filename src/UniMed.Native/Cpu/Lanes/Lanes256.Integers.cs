using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu.Lanes;

/// <summary>Integers.</summary>
internal readonly unsafe partial struct Lanes256
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(int* source) => Vector256.Create(*source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddInt16(Vector256<float> a, Vector256<float> b) => (a.AsInt16() + b.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddInt32(Vector256<float> a, Vector256<float> b) => (a.AsInt32() + b.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LowHalfBytes(Vector256<float> a) => (a.AsByte() & Vector256.Create((byte)15)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> HighHalfBytes(Vector256<float> a) => ((a.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)15)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> EvenBytes(Vector256<float> a) => ((a.AsInt16() << 8) >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OddBytes(Vector256<float> a) => (a.AsInt16() >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAddBytes(Vector256<float> unsigned, Vector256<float> signed) =>
        Avx2.MultiplyAddAdjacent(unsigned.AsByte(), signed.AsSByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAddInt16(Vector256<float> a, Vector256<float> b) => Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AddPairsInt16(Vector256<float> a) => Avx2.MultiplyAddAdjacent(a.AsInt16(), Vector256.Create((short)1)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Int32ToSingle(Vector256<float> a) => Avx.ConvertToVector256Single(a.AsInt32());

    public static void Transpose<TSink>(byte* rows, nint stride, float* to)
        where TSink : struct, IColumnSink<Vector256<float>>
    {
        Four(rows, stride, out Vector256<int> a0, out Vector256<int> a1, out Vector256<int> a2, out Vector256<int> a3);
        Four(rows + (4 * stride), stride, out Vector256<int> b0, out Vector256<int> b1, out Vector256<int> b2, out Vector256<int> b3);
        Parts<TSink>(a0, b0, 0, to);
        Parts<TSink>(a1, b1, 1, to);
        Parts<TSink>(a2, b2, 2, to);
        Parts<TSink>(a3, b3, 3, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Vector256<float> whole, sbyte* destination)
    {
        Vector256<int> integers = Avx.ConvertToVector256Int32(whole);
        Vector128<short> shorts = Sse2.PackSignedSaturate(integers.GetLower(), integers.GetUpper());
        Sse2.PackSignedSaturate(shorts, shorts).GetLower().Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt16(Vector256<float> whole, short* destination)
    {
        Vector256<int> integers = Avx2.Shuffle(Avx.ConvertToVector256Int32(whole), 0b11_01_10_00);
        Sse2.PackSignedSaturate(integers.GetLower(), integers.GetUpper()).Store(destination);
    }

    /// <summary>Part p of vector j holds column 4 p + j of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(byte* rows, nint stride, out Vector256<int> v0, out Vector256<int> v1, out Vector256<int> v2, out Vector256<int> v3)
    {
        Vector256<int> a = Vector256.Load((int*)rows);
        Vector256<int> b = Vector256.Load((int*)(rows + stride));
        Vector256<int> c = Vector256.Load((int*)(rows + (2 * stride)));
        Vector256<int> d = Vector256.Load((int*)(rows + (3 * stride)));
        Vector256<long> abLow = Avx2.UnpackLow(a, b).AsInt64();
        Vector256<long> abHigh = Avx2.UnpackHigh(a, b).AsInt64();
        Vector256<long> cdLow = Avx2.UnpackLow(c, d).AsInt64();
        Vector256<long> cdHigh = Avx2.UnpackHigh(c, d).AsInt64();
        v0 = Avx2.UnpackLow(abLow, cdLow).AsInt32();
        v1 = Avx2.UnpackHigh(abLow, cdLow).AsInt32();
        v2 = Avx2.UnpackLow(abHigh, cdHigh).AsInt32();
        v3 = Avx2.UnpackHigh(abHigh, cdHigh).AsInt32();
    }

    /// <summary>Hands part p of the two vectors on as column index + 4 p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Parts<TSink>(Vector256<int> a, Vector256<int> b, int index, float* to)
        where TSink : struct, IColumnSink<Vector256<float>>
    {
        TSink.Put(Avx2.Permute2x128(a, b, 0x20).AsSingle(), index, to);
        TSink.Put(Avx2.Permute2x128(a, b, 0x31).AsSingle(), index + 4, to);
    }
}
