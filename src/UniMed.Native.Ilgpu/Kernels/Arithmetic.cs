using System.Runtime.CompilerServices;
using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// Functions of fp32 from additions, multiplications and divisions alone. A device's own are of unknown accuracy (ILGPU takes ex2.approx and lg2.approx for CUDA, OpenCL allows 3 units
/// and more), and those of double precision are missing on Intel's consumer cards.
/// </summary>
internal static class Arithmetic
{
    /// <summary>e^x to about one unit: the power of two is taken out, the rest is a Taylor polynomial over +-ln(2) / 2. 0 below -104; NaN stays NaN.</summary>
    public static float Exp(float x)
    {
        // NaN has no integer: what a device makes of it may be anything.
        if (float.IsNaN(x))
            return x;
        if (x < -104f)
            return 0f;
        if (x > 88.8f)
            return float.PositiveInfinity;
        float power = x * 1.44269504f;
        int n = (int)(power + (power < 0f ? -0.5f : 0.5f));
        // ln 2 in two pieces, the first so short that n times it is exact.
        float r = (x - (n * 0.693359375f)) - (n * -2.12194440e-4f);
        float p = 1f / 5040f;
        p = (p * r) + (1f / 720f);
        p = (p * r) + (1f / 120f);
        p = (p * r) + (1f / 24f);
        p = (p * r) + (1f / 6f);
        p = (p * r) + 0.5f;
        p = (p * r) + 1f;
        p = (p * r) + 1f;
        // In two steps, since 2^128 and 2^-149 are no normal numbers.
        int half = n / 2;
        return p * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>Natural logarithm of a positive normal number.</summary>
    public static float Log(float x)
    {
        int bits = (int)Interop.FloatAsInt(x);
        int exponent = (bits >> 23) - 127;
        float mantissa = Interop.IntAsFloat((uint)((bits & 0x007FFFFF) | 0x3F800000));
        if (mantissa > 1.41421356f)
        {
            mantissa *= 0.5f;
            exponent++;
        }

        // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| below 0.172.
        float s = (mantissa - 1f) / (mantissa + 1f);
        float z = s * s;
        float series = (1f / 9f) + (z * (1f / 11f));
        series = (1f / 7f) + (z * series);
        series = (1f / 5f) + (z * series);
        series = (1f / 3f) + (z * series);
        return (exponent * 0.693147181f) + (2f * s * (1f + (z * series)));
    }

    /// <summary>
    /// x * Phi(x) with the exact error function. The tail Phi(-|x|) = erfc(|x| / sqrt 2) / 2 is exp(-z^2) times a polynomial in t = 1 / (1 + z / 2), fitted to a relative error of 5e-9, so
    /// that nothing cancels for negative x.
    /// </summary>
    public static float Gelu(float x)
    {
        float z = (x < 0f ? -x : x) * 0.707106781f;
        float t = 1f / (1f + (0.5f * z));
        float p = 0.0323986518f;
        p = (p * t) - 0.1716289f;
        p = (p * t) + 0.332568656f;
        p = (p * t) - 0.218993278f;
        p = (p * t) - 0.0866494488f;
        p = (p * t) + 0.0745679515f;
        p = (p * t) + 0.0390575162f;
        p = (p * t) + 0.189795469f;
        p = (p * t) + 0.244479109f;
        p = (p * t) + 0.282318428f;
        p = (p * t) + 0.282085846f;
        float tail = 0.5f * t * p * Exp(-(z * z));
        return x < 0f ? x * tail : x * (1f - tail);
    }

    /// <summary>x / (1 + e^-x).</summary>
    public static float Silu(float x) => x / (1f + Exp(-x));

    /// <summary>binary16 bits as fp32, exactly; numbers below the normal range by way of an integer, since a device may flush them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HalfToSingle(uint half)
    {
        uint sign = (half & 0x8000) << 16;
        uint exponent = (half >> 10) & 31;
        uint mantissa = half & 0x3FF;
        if (exponent == 0)
        {
            float small = (int)mantissa * 5.9604644775390625e-8f;
            return sign != 0 ? -small : small;
        }

        uint widened = exponent == 31 ? 255 : exponent + 112;
        return Interop.IntAsFloat(sign | (widened << 23) | (mantissa << 13));
    }

    private static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)((n + 127) << 23));
}
