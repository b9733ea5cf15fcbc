using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native.Cpu.Lanes;

/// <summary>Integers.</summary>
internal readonly unsafe partial struct Lanes128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(int* source) => Vector128.Create(*source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddInt16(Vector128<float> a, Vector128<float> b) => (a.AsInt16() + b.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddInt32(Vector128<float> a, Vector128<float> b) => (a.AsInt32() + b.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LowHalfBytes(Vector128<float> a) => (a.AsByte() & Vector128.Create((byte)15)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> HighHalfBytes(Vector128<float> a) => ((a.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> EvenBytes(Vector128<float> a) => ((a.AsInt16() << 8) >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> OddBytes(Vector128<float> a) => (a.AsInt16() >> 8).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAddBytes(Vector128<float> unsigned, Vector128<float> signed)
    {
        if (Ssse3.IsSupported)
            return Ssse3.MultiplyAddAdjacent(unsigned.AsByte(), signed.AsSByte()).AsSingle();
        Vector128<short> even = (unsigned.AsInt16() & Vector128.Create((short)0xFF)) * EvenBytes(signed).AsInt16();
        return (even + ((unsigned.AsUInt16() >>> 8).AsInt16() * OddBytes(signed).AsInt16())).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAddInt16(Vector128<float> a, Vector128<float> b)
    {
        if (Sse2.IsSupported)
            return Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsSingle();
        Vector128<int> even = ((a.AsInt32() << 16) >> 16) * ((b.AsInt32() << 16) >> 16);
        return (even + ((a.AsInt32() >> 16) * (b.AsInt32() >> 16))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AddPairsInt16(Vector128<float> a) => (((a.AsInt32() << 16) >> 16) + (a.AsInt32() >> 16)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Int32ToSingle(Vector128<float> a) => Vector128.ConvertToSingle(a.AsInt32());

    public static void Transpose<TSink>(byte* rows, nint stride, float* to)
        where TSink : struct, IColumnSink<Vector128<float>>
    {
        Vector128<float> a = Vector128.Load((float*)rows);
        Vector128<float> b = Vector128.Load((float*)(rows + stride));
        Vector128<float> c = Vector128.Load((float*)(rows + (2 * stride)));
        Vector128<float> d = Vector128.Load((float*)(rows + (3 * stride)));
        if (Sse.IsSupported)
        {
            Vector128<float> abLow = Sse.UnpackLow(a, b), abHigh = Sse.UnpackHigh(a, b), cdLow = Sse.UnpackLow(c, d), cdHigh = Sse.UnpackHigh(c, d);
            TSink.Put(Sse.MoveLowToHigh(abLow, cdLow), 0, to);
            TSink.Put(Sse.MoveHighToLow(cdLow, abLow), 1, to);
            TSink.Put(Sse.MoveLowToHigh(abHigh, cdHigh), 2, to);
            TSink.Put(Sse.MoveHighToLow(cdHigh, abHigh), 3, to);
            return;
        }

        for (int i = 0; i < 4; i++)
            TSink.Put(Vector128.Create(a[i], b[i], c[i], d[i]), i, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Vector128<float> whole, sbyte* destination)
    {
        Vector128<short> shorts = Vector128.Narrow(Vector128.ConvertToInt32(whole), Vector128<int>.Zero);
        *(int*)destination = Vector128.Narrow(shorts, Vector128<short>.Zero).AsInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt16(Vector128<float> whole, short* destination)
    {
        Vector128<int> integers = Vector128.Shuffle(Vector128.ConvertToInt32(whole), Vector128.Create(0, 2, 1, 3));
        Vector128.Narrow(integers, Vector128<int>.Zero).GetLower().Store(destination);
    }
}
