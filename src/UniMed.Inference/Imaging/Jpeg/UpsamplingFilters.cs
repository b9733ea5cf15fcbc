using System.Runtime.Intrinsics;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The arithmetic of upsampling, on whole rows. Roundings alternate so that no direction is favoured.</summary>
internal static class UpsamplingFilters
{
    /// <summary>Repeats each sample.</summary>
    public static void Repeat(ReadOnlySpan<byte> samples, int times, Span<byte> result)
    {
        for (int i = 0; i < samples.Length; i++)
            result.Slice(i * times, times).Fill(samples[i]);
    }

    /// <summary>Three times the near row and once the far one, as they are.</summary>
    public static void SumRows(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, Span<ushort> sums)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= near.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                (Vector128<ushort> lower, Vector128<ushort> upper) = Sum(near[i..], far[i..]);
                lower.CopyTo(sums[i..]);
                upper.CopyTo(sums[(i + Vector128<ushort>.Count)..]);
            }
        }

        for (; i < near.Length; i++)
            sums[i] = (ushort)(3 * near[i] + far[i]);
    }

    /// <summary>Samples as 16-bit numbers.</summary>
    public static void Widen(ReadOnlySpan<byte> samples, Span<ushort> result)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= samples.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(Vector128.Create(samples[i..]));
                lower.CopyTo(result[i..]);
                upper.CopyTo(result[(i + Vector128<ushort>.Count)..]);
            }
        }

        for (; i < samples.Length; i++)
            result[i] = samples[i];
    }

    /// <summary>Three quarters of the near row and one of the far one.</summary>
    public static void BlendRows(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int rounding, Span<byte> result)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<ushort> half = Vector128.Create((ushort)rounding);
            for (; i <= near.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                (Vector128<ushort> lower, Vector128<ushort> upper) = Sum(near[i..], far[i..]);
                Vector128.Narrow((lower + half) >> 2, (upper + half) >> 2).CopyTo(result[i..]);
            }
        }

        for (; i < near.Length; i++)
            result[i] = (byte)((3 * near[i] + far[i] + rounding) >> 2);
    }

    /// <summary>Makes two samples of each sum: with a quarter of the one before it, and of the one behind it.</summary>
    /// <param name="sums">The sums, with the first and the last repeated at the ends.</param>
    /// <param name="firstRounding">Added for the first of the two.</param>
    /// <param name="secondRounding">Added for the second.</param>
    /// <param name="shift">What then is shifted out.</param>
    /// <param name="result">Twice as many samples as there are sums between the ends.</param>
    public static void Double(ReadOnlySpan<ushort> sums, int firstRounding, int secondRounding, int shift, Span<byte> result)
    {
        int count = sums.Length - 2;
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<ushort> first = Vector128.Create((ushort)firstRounding);
            Vector128<ushort> second = Vector128.Create((ushort)secondRounding);
            for (; i <= count - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
            {
                Vector128<ushort> three = Vector128.Create(sums[(i + 1)..]) * 3;
                Vector128<ushort> left = (three + Vector128.Create(sums[i..]) + first) >> shift;
                Vector128<ushort> right = (three + Vector128.Create(sums[(i + 2)..]) + second) >> shift;
                (left | right << 8).AsByte().CopyTo(result[(2 * i)..]);
            }
        }

        for (; i < count; i++)
        {
            int three = 3 * sums[i + 1];
            result[2 * i] = (byte)((three + sums[i] + firstRounding) >> shift);
            result[2 * i + 1] = (byte)((three + sums[i + 2] + secondRounding) >> shift);
        }
    }

    private static (Vector128<ushort> Lower, Vector128<ushort> Upper) Sum(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far)
    {
        (Vector128<ushort> nearLower, Vector128<ushort> nearUpper) = Vector128.Widen(Vector128.Create(near));
        (Vector128<ushort> farLower, Vector128<ushort> farUpper) = Vector128.Widen(Vector128.Create(far));
        return (nearLower * 3 + farLower, nearUpper * 3 + farUpper);
    }
}
