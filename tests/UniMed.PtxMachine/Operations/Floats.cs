using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Floating-point numbers of 32 bits. Every result that is NaN is the one NaN of PTX.</summary>
internal static class Floats
{
    /// <summary>d = op(a, b).</summary>
    public static void Binary<T>(Warp warp, Instruction i)
        where T : struct, IFloatBinary
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, HalfFormats.OneNaN(T.Of(Lanes.Load<float>(warp, i.A, part), Lanes.Load<float>(warp, i.B, part))));
    }

    /// <summary>d = 1 / a.</summary>
    public static void Reciprocal(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, HalfFormats.OneNaN(Vector512<float>.One / Lanes.Load<float>(warp, i.A, part)));
    }

    public static void SquareRoot(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, HalfFormats.OneNaN(Vector512.Sqrt(Lanes.Load<float>(warp, i.A, part))));
    }

    public static void Negate(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Lanes.Load<uint>(warp, i.A, part) ^ Vector512.Create(0x80000000u));
    }

    public static void Absolute(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Lanes.Load<uint>(warp, i.A, part) & Vector512.Create(0x7FFFFFFFu));
    }

    /// <summary>d = a * b + c, rounded once, to nearest.</summary>
    public static void MultiplyAdd(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<float> sum = Vector512.FusedMultiplyAdd(
                Lanes.Load<float>(warp, i.A, part), Lanes.Load<float>(warp, i.B, part), Lanes.Load<float>(warp, i.C, part));
            Lanes.Store32(warp, i.D, part, HalfFormats.OneNaN(sum));
        }
    }

    /// <summary>d = a * b + c, rounded once, down.</summary>
    public static void MultiplyAddDown(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<double> a0, Vector512<double> a1) = Vector512.Widen(Lanes.Load<float>(warp, i.A, part));
            (Vector512<double> b0, Vector512<double> b1) = Vector512.Widen(Lanes.Load<float>(warp, i.B, part));
            (Vector512<double> c0, Vector512<double> c1) = Vector512.Widen(Lanes.Load<float>(warp, i.C, part));
            (Vector512<double> sum0, Vector512<double> rest0) = ExactSum(a0 * b0, c0);
            (Vector512<double> sum1, Vector512<double> rest1) = ExactSum(a1 * b1, c1);
            Vector512<float> nearest = Vector512.Narrow(sum0, sum1);
            (Vector512<double> near0, Vector512<double> near1) = Vector512.Widen(nearest);
            Vector512<uint> above = Vector512.Narrow(Above(near0, sum0, rest0).AsUInt64(), Above(near1, sum1, rest1).AsUInt64());
            Vector512<uint> bits = nearest.AsUInt32();
            Vector512<uint> isZero = Vector512.Equals(nearest, Vector512<float>.Zero).AsUInt32();
            Vector512<uint> isNegative = Vector512.LessThan(bits.AsInt32(), Vector512<int>.Zero).AsUInt32();
            Vector512<uint> below = Vector512.ConditionalSelect(isNegative, bits + Vector512<uint>.One, bits - Vector512<uint>.One);
            below = Vector512.ConditionalSelect(isZero, Vector512.Create(0x80000001u), below);
            Lanes.Store32(warp, i.D, part, HalfFormats.OneNaN(Vector512.ConditionalSelect(above, below, bits).AsSingle()));
        }
    }

    /// <summary>d = 2 ^ a: as near as fp32 comes, numbers below the normal ones as zero. A card comes within 2 units of the last place.</summary>
    public static void Exponential2(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<float> a = Lanes.Load<float>(warp, i.A, part);
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(a);
            Vector512<float> power = Vector512.Narrow(Exponential2(low), Exponential2(high));
            power = Vector512.ConditionalSelect(Vector512.LessThan(power, Vector512.Create(1.17549435e-38f)), Vector512<float>.Zero, power);
            Lanes.Store32(warp, i.D, part, Vector512.ConditionalSelect(Vector512.Equals(a, a), power, Vector512.Create(HalfFormats.NaN).AsSingle()));
        }
    }

    /// <summary>d = a between 0 and 1; NaN becomes 0.</summary>
    public static void Saturate(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<float> a = Lanes.Load<float>(warp, i.A, part);
            Vector512<float> clamped = Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512<float>.One), a, Vector512<float>.One);
            Lanes.Store32(warp, i.D, part, Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512<float>.Zero), clamped, Vector512<float>.Zero));
        }
    }

    /// <summary>Whether a is NaN.</summary>
    public static void IsNaN(Warp warp, Instruction i) => Lanes.StorePredicate(
        warp, i.D, ~Lanes.Bits32(Vector512.Equals(Lanes.Load<float>(warp, i.A, 0), Lanes.Load<float>(warp, i.A, 0)), Vector512.Equals(Lanes.Load<float>(warp, i.A, 1), Lanes.Load<float>(warp, i.A, 1))));

    /// <summary>A whole number of 32 bits toward zero: the nearest that there is, 0 for NaN.</summary>
    public static void ToSigned32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Vector512.ConvertToInt32(Lanes.Load<float>(warp, i.A, part)));
    }

    /// <summary>A whole number of 32 bits without a sign, toward zero: the nearest that there is, 0 for NaN.</summary>
    public static void ToUnsigned32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Vector512.ConvertToUInt32(Lanes.Load<float>(warp, i.A, part)));
    }

    /// <summary>A whole number of 64 bits toward zero: the nearest that there is, the smallest for NaN.</summary>
    public static unsafe void ToSigned64(Warp warp, Instruction i)
    {
        float* a = (float*)(warp.Registers + i.A);
        long* d = (long*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            d[lane] = float.IsNaN(a[lane]) ? long.MinValue : (long)a[lane];
        }
    }

    public static void FromSigned32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Vector512.ConvertToSingle(Lanes.Load<int>(warp, i.A, part)));
    }

    /// <summary>fp32 of binary16.</summary>
    public static void FromHalf(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, HalfFormats.Widen16(Lanes.Load<uint>(warp, i.A, part)));
    }

    /// <summary>Two numbers as a pair of binary16, the first in the upper half.</summary>
    public static void ToHalfPair(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, (HalfFormats.Round16(Lanes.Load<float>(warp, i.A, part)) << 16) | HalfFormats.Round16(Lanes.Load<float>(warp, i.B, part)));
    }

    /// <summary>Two numbers as a pair of bfloat16, the first in the upper half.</summary>
    public static void ToBFloatPair(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, (HalfFormats.RoundB16(Lanes.Load<float>(warp, i.A, part)) << 16) | HalfFormats.RoundB16(Lanes.Load<float>(warp, i.B, part)));
    }

    /// <summary>d = a * b + c of pairs of binary16, each rounded once.</summary>
    public static void MultiplyAddHalfPair(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<uint> a = Lanes.Load<uint>(warp, i.A, part);
            Vector512<uint> b = Lanes.Load<uint>(warp, i.B, part);
            Vector512<uint> c = Lanes.Load<uint>(warp, i.C, part);
            Lanes.Store32(warp, i.D, part, MultiplyAddHalf(a, b, c) | (MultiplyAddHalf(a >> 16, b >> 16, c >> 16) << 16));
        }
    }

    private static Vector512<uint> MultiplyAddHalf(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c)
    {
        // The product of two binary16 is exact in fp32. What the sum loses goes into its last bit, so that it is rounded only once.
        Vector512<float> product = HalfFormats.Widen16(a) * HalfFormats.Widen16(b);
        Vector512<float> addend = HalfFormats.Widen16(c);
        Vector512<float> sum = product + addend;
        Vector512<float> back = sum - product;
        Vector512<float> rest = (product - (sum - back)) + (addend - back);
        Vector512<uint> bits = sum.AsUInt32();
        Vector512<uint> isInexact = (Vector512.LessThan(rest, Vector512<float>.Zero) | Vector512.GreaterThan(rest, Vector512<float>.Zero)).AsUInt32();
        Vector512<uint> isEven = Vector512.Equals(bits & Vector512<uint>.One, Vector512<uint>.Zero);
        Vector512<uint> isFarther = Vector512.GreaterThanOrEqual((bits ^ rest.AsUInt32()).AsInt32(), Vector512<int>.Zero).AsUInt32();
        Vector512<uint> odd = Vector512.ConditionalSelect(isFarther, bits + Vector512<uint>.One, bits - Vector512<uint>.One);
        return HalfFormats.Round16(Vector512.ConditionalSelect(isInexact & isEven, odd, bits).AsSingle());
    }

    private static (Vector512<double> Sum, Vector512<double> Lost) ExactSum(Vector512<double> a, Vector512<double> b)
    {
        Vector512<double> sum = a + b;
        Vector512<double> back = sum - a;
        return (sum, (a - (sum - back)) + (b - back));
    }

    private static Vector512<double> Above(Vector512<double> near, Vector512<double> sum, Vector512<double> rest) =>
        Vector512.GreaterThan(near, sum) | (Vector512.Equals(near, sum) & Vector512.LessThan(rest, Vector512<double>.Zero));

    private static Vector512<double> Exponential2(Vector512<double> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-200.0)), Vector512.Create(200.0));
        Vector512<double> whole = Vector512.Round(x);
        Vector512<double> y = (x - whole) * Vector512.Create(0.69314718055994530942);
        Vector512<double> sum = Vector512.Create(1.0 / 6227020800);
        foreach (double coefficient in (ReadOnlySpan<double>)[
            1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0])
            sum = (sum * y) + Vector512.Create(coefficient);
        Vector512<long> exponent = (Vector512.ConvertToInt64(whole) + Vector512.Create(1023L)) << 52;
        return sum * exponent.AsDouble();
    }
}
