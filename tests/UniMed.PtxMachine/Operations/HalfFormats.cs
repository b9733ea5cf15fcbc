using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Operations;

/// <summary>binary16 and bfloat16 in the lower half of lanes of 32 bits, to and from fp32. NaN becomes the one NaN of PTX.</summary>
internal static class HalfFormats
{
    /// <summary>NaN of fp32, as PTX gives it.</summary>
    public const uint NaN = 0x7FFFFFFF;

    private const uint HalfNaN = 0x7FFF;
    private const uint SignBit = 0x80000000;
    private const uint Infinity = 0x7F800000;

    /// <summary>binary16 to fp32, exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen16(Vector512<uint> halves)
    {
        Vector512<uint> shifted = (halves & Vector512.Create(0x7FFFu)) << 13;
        Vector512<uint> sign = (halves & Vector512.Create(0x8000u)) << 16;
        // The exponent's bias differs by 112; as a product the scaling is right for subnormal numbers too.
        Vector512<uint> scaled = (shifted.AsSingle() * Vector512.Create(5.192296858534828e33f)).AsUInt32();
        Vector512<uint> infinite = Vector512.GreaterThanOrEqual(shifted, Vector512.Create(0x0F800000u)) & Vector512.Create(Infinity);
        Vector512<uint> isNaN = Vector512.GreaterThan(shifted, Vector512.Create(0x0F800000u));
        return Vector512.ConditionalSelect(isNaN, Vector512.Create(NaN), scaled | infinite | sign).AsSingle();
    }

    /// <summary>bfloat16 to fp32, exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WidenB16(Vector512<uint> halves) => (halves << 16).AsSingle();

    /// <summary>fp32 to binary16, to nearest, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Round16(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> magnitude = bits & Vector512.Create(~SignBit);
        Vector512<uint> sign = (bits >> 16) & Vector512.Create(0x8000u);
        Vector512<uint> odd = (magnitude >> 13) & Vector512.Create(1u);
        Vector512<uint> normal = (magnitude - Vector512.Create(112u << 23) + Vector512.Create(0xFFFu) + odd) >> 13;
        // Beside 0.5 the last bit of fp32 is the last bit of a subnormal binary16.
        Vector512<uint> subnormal = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32() - Vector512.Create(0x3F000000u);
        Vector512<uint> result = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0x38800000u)), subnormal, normal);
        result = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x47800000u)), Vector512.Create(0x7C00u), result);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, Vector512.Create(Infinity)), Vector512.Create(HalfNaN), result | sign);
    }

    /// <summary>fp32 to bfloat16, to nearest, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> RoundB16(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> odd = (bits >> 16) & Vector512.Create(1u);
        Vector512<uint> rounded = (bits + Vector512.Create(0x7FFFu) + odd) >> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, Vector512.Create(HalfNaN));
    }

    /// <summary>Every NaN as PTX gives it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OneNaN(Vector512<float> value) =>
        Vector512.ConditionalSelect(Vector512.Equals(value, value), value, Vector512.Create(NaN).AsSingle());
}
