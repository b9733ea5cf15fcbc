using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UniMed.Native;

/// <summary>
/// Finds the F16 scale of a block of 32 numbers that minimizes its squared error. Each candidate divides the number of largest magnitude by a point near an end of the range; the
/// values it gives decide the least-squares scale, which is a second candidate.
/// </summary>
/// <remarks>Sums run in eight lanes without fused multiply-add and are joined in a fixed order: the same bits on every processor.</remarks>
internal sealed class BlockScale
{
    private readonly float _lowest;
    private readonly float _highest;
    private readonly float[] _divisors;

    /// <summary>The first divisor is llama.cpp's, so that a tie is decided for it.</summary>
    private BlockScale(float lowest, float highest, params float[] divisors)
    {
        _lowest = lowest;
        _highest = highest;
        _divisors = divisors;
    }

    /// <summary>Values -127..127 with a positive scale: -128 is never written, so that a kernel may multiply absolute values.</summary>
    public static BlockScale Int8 { get; } = new(-127, 127, 127, 127.4f, 126.75f, 126.5f, 126.25f, 126, 125.75f, 125.5f, 125.25f, 125, 124.75f, 124.5f, 124.25f, 124);

    /// <summary>Values -8..7 with a scale of either sign: the largest magnitude may stand at either end.</summary>
    public static BlockScale Int4 { get; } = new(
        -8, 7, -8, 7, -9, -8.75f, -8.5f, -8.25f, -7.75f, -7.5f, -7.25f, -7, 6, 6.25f, 6.5f, 6.75f, 7.25f, 7.5f, 7.75f, 8);

    /// <summary>Quantizes a block.</summary>
    /// <param name="block">32 finite numbers.</param>
    /// <param name="values">32 values.</param>
    /// <returns>The scale; 0 when every number is 0 or too small for any F16 scale.</returns>
    public Half Quantize(ReadOnlySpan<float> block, Span<sbyte> values)
    {
        ReadOnlySpan<Vector256<float>> numbers = MemoryMarshal.Cast<float, Vector256<float>>(block);
        float largest = 0;
        foreach (float number in block)
        {
            if (Math.Abs(number) > Math.Abs(largest))
                largest = number;
        }

        if (_lowest == -_highest)
            largest = Math.Abs(largest);

        Half best = default;
        float leastError = Sum((numbers[0] * numbers[0]) + (numbers[1] * numbers[1]) + (numbers[2] * numbers[2]) + (numbers[3] * numbers[3]));
        foreach (float divisor in _divisors)
        {
            var scale = (Half)(largest / divisor);
            float refined = Try(numbers, scale, ref best, ref leastError);
            Try(numbers, (Half)refined, ref best, ref leastError);
        }

        if (best == Half.Zero)
        {
            values.Clear();
            return Half.Zero;
        }

        float inverse = 1 / (float)best;
        for (int i = 0; i < values.Length; i++)
            values[i] = (sbyte)Math.Clamp(MathF.Round(block[i] * inverse), _lowest, _highest);
        return best;
    }

    /// <summary>Keeps the scale if it is better than the best so far.</summary>
    /// <returns>The least-squares scale of the values that this scale gives, or 0.</returns>
    private float Try(ReadOnlySpan<Vector256<float>> numbers, Half scale, ref Half best, ref float leastError)
    {
        if (scale == Half.Zero || !Half.IsFinite(scale))
            return 0;
        var step = (float)scale;
        float inverse = 1 / step;
        Vector256<float> errors = Vector256<float>.Zero;
        Vector256<float> products = Vector256<float>.Zero;
        Vector256<float> squares = Vector256<float>.Zero;
        foreach (Vector256<float> x in numbers)
        {
            Vector256<float> q = Vector256.Min(Vector256.Max(Vector256.Round(x * inverse), Vector256.Create(_lowest)), Vector256.Create(_highest));
            Vector256<float> error = x - (q * step);
            errors += error * error;
            products += x * q;
            squares += q * q;
        }

        float sum = Sum(errors);
        if (sum < leastError)
            (best, leastError) = (scale, sum);
        float weight = Sum(squares);
        return weight > 0 ? Sum(products) / weight : 0;
    }

    private static float Sum(Vector256<float> lanes)
    {
        Vector128<float> four = lanes.GetLower() + lanes.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }
}
