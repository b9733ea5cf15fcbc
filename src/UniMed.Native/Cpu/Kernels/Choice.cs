using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>
/// What choosing a token needs of its logits. Bytes: the logits, from the second-level cache after the first time.
/// </summary>
/// <remarks>
/// Lanes run along the vocabulary. A maximum has no order. The sum of exponentials is taken in double precision in 8
/// lanes, whatever the vectors' width: lane l adds tokens l, l + 8, ... in order, then the lanes are added, then what
/// is left behind the last 8.
/// </remarks>
internal static unsafe class Choice<TLanes, TVec>
    where TLanes : struct, ILanes<TVec>
    where TVec : struct
{
    /// <inheritdoc cref="Kernels.ArgMax"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ArgMax(float* scores, int count)
    {
        // The largest number first, then where it stands: both without a branch for each lane. NaN, which counts as
        // largest, is unequal to itself.
        TVec top = TLanes.Create(float.NegativeInfinity);
        TVec sane = TLanes.Zero;
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            TVec value = TLanes.Load(scores + i);
            top = TLanes.Max(top, value);
            sane = TLanes.KeepNaN(value, sane);
        }

        float largest = TLanes.Largest(top);
        bool isSane = !float.IsNaN(TLanes.SumEach(sane, TLanes.Zero, TLanes.Zero, TLanes.Zero)[0]);
        for (; i < count; i++)
        {
            isSane &= !float.IsNaN(scores[i]);
            largest = MathF.Max(largest, scores[i]);
        }

        var all = new ReadOnlySpan<float>(scores, count);
        return isSane ? all.IndexOf(largest) : LogitsProcessors.ArgMax(all);
    }

    /// <inheritdoc cref="Kernels.LogProbability"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float LogProbability(float* scores, int count, int token)
    {
        TVec top = TLanes.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            top = TLanes.Max(top, TLanes.Load(scores + i));
        float largest = TLanes.Largest(top);
        for (; i < count; i++)
            largest = MathF.Max(largest, scores[i]);
        Vector256<double> center = Vector256.Create((double)largest);
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        for (i = 0; i <= count - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(scores + i));
            low += Exp(a - center);
            high += Exp(b - center);
        }

        double sum = Vector256.Sum(low + high);
        for (; i < count; i++)
            sum += Math.Exp(scores[i] - (double)largest);
        return scores[token] - largest - (float)Math.Log(sum);
    }

    /// <summary>
    /// e^x for x up to 0 with a relative error of 1e-11, which is less than fp32 shows: x = n ln 2 + r, a polynomial
    /// of r, and 2^n from its bits. e^-700 below that; NaN for NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Exp(Vector256<double> x)
    {
        // In the low bits of 1.5 * 2^52 + n stands n.
        Vector256<double> whole = Vector256.Create(6755399441055744.0);
        Vector256<double> bounded = Vector256.Max(x, Vector256.Create(-700.0));
        Vector256<double> shifted = (bounded * Vector256.Create(1.4426950408889634)) + whole;
        Vector256<double> n = shifted - whole;
        Vector256<double> r = bounded - (n * Vector256.Create(0.693147180369123816490)) - (n * Vector256.Create(1.90821492927058770002e-10));
        Vector256<double> p = Vector256.Create(1.0 / 362880);
        p = (p * r) + Vector256.Create(1.0 / 40320);
        p = (p * r) + Vector256.Create(1.0 / 5040);
        p = (p * r) + Vector256.Create(1.0 / 720);
        p = (p * r) + Vector256.Create(1.0 / 120);
        p = (p * r) + Vector256.Create(1.0 / 24);
        p = (p * r) + Vector256.Create(1.0 / 6);
        p = (p * r) + Vector256.Create(0.5);
        p = (p * r) + Vector256.Create(1.0);
        p = (p * r) + Vector256.Create(1.0);
        Vector256<long> exponent = (shifted.AsInt64() + Vector256.Create(1023L)) << 52;
        return p * exponent.AsDouble();
    }
}
