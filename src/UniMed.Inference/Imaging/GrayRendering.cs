using System.Numerics;

namespace UniMed.Inference.Imaging;

/// <summary>Turns gray samples into the interleaved RGB bytes of a picture, three equal channels a pixel.</summary>
internal static class GrayRendering
{
    /// <summary>8-bit samples, inverted where the smallest one is white.</summary>
    public static byte[] FromGray8(ReadOnlySpan<byte> samples, bool monochrome1) => FromGray8(samples, windowing: null, monochrome1);

    /// <summary>8-bit samples, through a window where there is one.</summary>
    public static byte[] FromGray8(ReadOnlySpan<byte> samples, Windowing? windowing, bool monochrome1)
    {
        int flip = monochrome1 ? byte.MaxValue : 0;
        Span<byte> levels = stackalloc byte[byte.MaxValue + 1];
        for (int sample = 0; sample < levels.Length; sample++)
            levels[sample] = (byte)((windowing?.Map(sample) ?? sample) ^ flip);

        byte[] rgb = new byte[samples.Length * 3];
        Span<byte> rest = rgb;
        foreach (byte sample in samples)
        {
            byte level = levels[sample];
            (rest[2], rest[1], rest[0]) = (level, level, level);
            rest = rest[3..];
        }

        return rgb;
    }

    /// <summary>Finite samples of any size, through a window; without one, through the range of the samples themselves.</summary>
    public static byte[] FromReal(ReadOnlySpan<float> samples, Windowing? windowing, bool monochrome1)
    {
        windowing ??= FullRange(samples);
        int flip = monochrome1 ? byte.MaxValue : 0;
        byte[] rgb = new byte[samples.Length * 3];
        for (int i = 0; i < samples.Length; i++)
            rgb.AsSpan(i * 3, 3).Fill((byte)(windowing.Map(samples[i]) ^ flip));
        return rgb;
    }

    /// <summary>16-bit samples, signed or not, through a window; without one, through the range of the samples themselves.</summary>
    public static byte[] FromGray16<T>(ReadOnlySpan<T> samples, Windowing? windowing, bool monochrome1)
        where T : struct, IBinaryInteger<T>
    {
        byte[] levels = Levels16<T>(windowing ?? FullRange(samples), monochrome1);
        byte[] rgb = new byte[samples.Length * 3];
        Span<byte> rest = rgb;
        foreach (T sample in samples)
        {
            byte level = levels[ushort.CreateTruncating(sample)];
            (rest[2], rest[1], rest[0]) = (level, level, level);
            rest = rest[3..];
        }

        return rgb;
    }

    /// <summary>The level of each 16-bit sample, by its bits.</summary>
    public static byte[] Levels16<T>(Windowing windowing, bool monochrome1)
        where T : struct, IBinaryInteger<T>
    {
        int flip = monochrome1 ? byte.MaxValue : 0;
        byte[] levels = new byte[ushort.MaxValue + 1];
        for (int bits = 0; bits < levels.Length; bits++)
            levels[bits] = (byte)(windowing.Map(double.CreateChecked(T.CreateTruncating(bits))) ^ flip);
        return levels;
    }

    private static Windowing FullRange<T>(ReadOnlySpan<T> samples)
        where T : struct, INumber<T>
    {
        T minimum = samples[0];
        T maximum = samples[0];
        foreach (T sample in samples)
        {
            minimum = T.Min(minimum, sample);
            maximum = T.Max(maximum, sample);
        }

        return Windowing.FullRange(double.CreateChecked(minimum), double.CreateChecked(maximum));
    }
}
