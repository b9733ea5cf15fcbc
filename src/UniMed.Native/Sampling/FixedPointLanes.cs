using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace UniMed.Native;

/// <summary>
/// <see cref="FixedPoint.Exp"/> of a whole row, four tokens side by side where AVX2 is: a lane of 64 bits is one token's integer, and a product is one of 32 by 32 bits. The same bits as one
/// by one, since every step of a lane is the step of <see cref="FixedPoint"/>.
/// </summary>
internal static class FixedPointLanes
{
    /// <summary>Writes the weights of scores.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="largest">At least every score.</param>
    /// <param name="weights">As many weights.</param>
    /// <returns>Their sum.</returns>
    public static ulong Weigh(ReadOnlySpan<float> scores, float largest, Span<ulong> weights)
    {
        int bits = FixedPoint.Bits(scores.Length);
        int done = 0;
        ulong total = 0;
        if (Avx2.IsSupported)
        {
            Vector256<ulong> sums = default;
            for (; done <= scores.Length - Vector256<ulong>.Count; done += Vector256<ulong>.Count)
            {
                Vector256<ulong> four = Exp(Vector128.Create(largest), Vector128.Create(scores[done..]), bits);
                four.CopyTo(weights[done..]);
                sums += four;
            }

            total = Vector256.Sum(sums);
        }

        for (; done < scores.Length; done++)
        {
            weights[done] = FixedPoint.Exp(largest, scores[done], bits);
            total += weights[done];
        }

        return total;
    }

    private static Vector256<ulong> Exp(Vector128<float> largest, Vector128<float> scores, int bits)
    {
        Vector128<float> distance = largest - scores;
        Vector128<float> part = distance - largest;
        Vector128<float> lost = (largest - (distance - part)) - (scores + part);
        Vector256<ulong> near = Avx2.ConvertToVector256Int64(Vector128.LessThan(distance, Vector128.Create(64f)).AsInt32()).AsUInt64();
        Vector128<float> scaled = distance * 256f;
        Vector128<int> upper = Sse2.ConvertToVector128Int32WithTruncation(scaled);
        // No conversion to 32 bits without a sign: 16 bits, and 16 more of what is left, which is exact.
        Vector128<float> fraction = (scaled - Sse2.ConvertToVector128Single(upper)) * 65536f;
        Vector128<int> first = Sse2.ConvertToVector128Int32WithTruncation(fraction);
        Vector128<int> second = Sse2.ConvertToVector128Int32WithTruncation((fraction - Sse2.ConvertToVector128Single(first)) * 65536f);
        Vector256<ulong> lower = Avx2.ConvertToVector256Int64(((first << 16) | second).AsUInt32()).AsUInt64();
        Vector256<ulong> correction = Avx2.ConvertToVector256Int64(Sse2.ConvertToVector128Int32WithTruncation(lost * 1099511627776f)).AsUInt64();
        Vector256<ulong> away = ((Avx2.ConvertToVector256Int64(upper.AsUInt32()).AsUInt64() << 32) | lower) + correction;
        Vector256<ulong> power = AboutMultiplyHigh(away << 17, Vector256.Create(0x5C551D94AE0BF85EUL));
        Vector256<ulong> shift = (power >> 55) + Vector256.Create((ulong)(63 - bits));
        // A shift by 64 and more leaves nothing.
        return Avx2.ShiftRightLogicalVariable(PowerOfHalf(power << 9), shift) & near;
    }

    private static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.Multiply(a.AsUInt32(), b.AsUInt32());

    private static Vector256<ulong> AboutMultiplyHigh(Vector256<ulong> a, Vector256<ulong> b) =>
        Multiply(a >> 32, b >> 32) + (Multiply(a >> 32, b) >> 32) + (Multiply(a, b >> 32) >> 32);

    private static Vector256<ulong> PowerOfHalf(Vector256<ulong> f)
    {
        Vector256<ulong> upper = f >> 32;
        Vector256<ulong> s = Vector256.Create(0x18UL);
        s = Vector256.Create(0x1C4UL) - (Multiply(upper, s) >> 32);
        s = Vector256.Create(0x1E8DUL) - (Multiply(upper, s) >> 32);
        s = Vector256.Create(0x1E4CFUL) - (Multiply(upper, s) >> 32);
        s = Vector256.Create(0x1B5254UL) - (Multiply(upper, s) >> 32);
        s = Vector256.Create(0x162C022UL) - (Multiply(upper, s) >> 32);
        s = Vector256.Create(0xFFE5FE3UL) - (Multiply(upper, s) >> 32);
        s = Vector256.Create(0xA184897CUL) - (Multiply(upper, s) >> 32);
        Vector256<ulong> r = Vector256.Create(0x2BB0FFCF14CE62UL) - (Multiply(upper, s) >> 13);
        r = Vector256.Create(0x13B2AB6FBA4E773UL) - (Multiply(upper, r >> 32) + (Multiply(upper, r) >> 32));
        r = Vector256.Create(0x71AC235C1282FE3UL) - AboutMultiplyHigh(f, r);
        r = Vector256.Create(0x1EBFBDFF82C58EA8UL) - AboutMultiplyHigh(f, r);
        r = Vector256.Create(0x58B90BFBE8E7BCD6UL) - AboutMultiplyHigh(f, r);
        return Vector256.Create(0x8000000000000000UL) - AboutMultiplyHigh(f, r);
    }
}
