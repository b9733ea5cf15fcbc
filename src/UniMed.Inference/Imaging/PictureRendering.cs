using System.Numerics;
using System.Runtime.InteropServices;

namespace UniMed.Inference.Imaging;

/// <summary>Turns decoded samples into the 8-bit RGB of a picture, through the window where they are gray.</summary>
/// <remarks>
/// Gray is a picture of one channel, and one whose three channels are equal everywhere. Gray of more than 8 bits always goes through a
/// window: the one asked for, or the range of its samples. Gray of 8 bits does where a window or MONOCHROME1 is asked for. Colour has
/// no window: 8 bits stay as they are, and of more the upper 8 bits are kept, as Pillow keeps them.
/// </remarks>
internal static class PictureRendering
{
    /// <summary>A picture whose samples all lie below this part of their range would be nearly black: the range is then that of the bits they use.</summary>
    private const int DarkPart = 16;

    /// <exception cref="ImageException">A window or MONOCHROME1 is asked of a colour picture, or a sample is not a number.</exception>
    public static MedicalImage ToImage(DecodedPicture picture, ImageDecodeOptions options, string name, string? source) =>
        new(ToRgb(picture, options, name), picture.Width, picture.Height, source);

    private static byte[] ToRgb(DecodedPicture picture, ImageDecodeOptions options, string name)
    {
        bool whiteIsZero = picture.WhiteIsZero || options.Monochrome1;
        if (picture.Reals is { } reals)
        {
            if (reals.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new ImageException($"{name}: some of its samples are not finite numbers. Give them a value, and write the picture again.");
            return GrayRendering.FromReal(reals, options.Windowing, whiteIsZero);
        }

        bool asked = options.Windowing is not null || options.Monochrome1;
        if (picture.Words is { } words)
        {
            if (picture.Channels == 1 || TryTakeGray<ushort>(words, out words))
            {
                return picture.Signed
                    ? GrayRendering.FromGray16(MemoryMarshal.Cast<ushort, short>(words), options.Windowing, whiteIsZero)
                    : GrayRendering.FromGray16<ushort>(words, options.Windowing, whiteIsZero);
            }

            return asked ? throw NotGray(options, name) : ColorFromWords(picture);
        }

        byte[] bytes = picture.Bytes!;
        if (picture.Channels == 1)
            return GrayRendering.FromGray8(bytes, options.Windowing, whiteIsZero);
        if (!asked)
            return bytes;
        return TryTakeGray<byte>(bytes, out byte[] gray) ? GrayRendering.FromGray8(gray, options.Windowing, whiteIsZero) : throw NotGray(options, name);
    }

    /// <summary>One channel of a picture whose three channels are equal.</summary>
    private static bool TryTakeGray<T>(ReadOnlySpan<T> rgb, out T[] gray)
        where T : struct, IBinaryInteger<T>
    {
        gray = [];
        for (int i = 0; i < rgb.Length; i += 3)
        {
            if (rgb[i] != rgb[i + 1] || rgb[i] != rgb[i + 2])
                return false;
        }

        gray = new T[rgb.Length / 3];
        for (int i = 0; i < gray.Length; i++)
            gray[i] = rgb[i * 3];
        return true;
    }

    private static byte[] ColorFromWords(DecodedPicture picture)
    {
        ReadOnlySpan<ushort> words = picture.Words;
        byte[] levels = ColorLevels(Largest(words), picture.LargestSample, picture.SignificantBits);
        byte[] rgb = new byte[words.Length];
        for (int i = 0; i < rgb.Length; i++)
            rgb[i] = levels[words[i]];
        return rgb;
    }

    /// <summary>The 8-bit level of each sample up to the largest one that occurs.</summary>
    private static byte[] ColorLevels(int largest, int? declared, int significantBits)
    {
        int full = declared ?? ushort.MaxValue;
        if (significantBits is > 0 and < 16 && largest < 1 << significantBits)
            full = (1 << significantBits) - 1;
        else if (largest < (full + 1) / DarkPart)
            full = (1 << BitOperations.Log2((uint)largest | 1) + 1) - 1;
        full = Math.Max(full, byte.MaxValue);

        byte[] levels = new byte[largest + 1];
        int shift = BitOperations.Log2((uint)full) - 7;
        for (int sample = 0; sample < levels.Length; sample++)
        {
            // Pillow shifts the samples of PNG and TIFF, and scales those of PPM by their maxval.
            levels[sample] = declared is null
                ? (byte)(sample >> shift)
                : (byte)Math.Min(Math.Round((double)sample / full * byte.MaxValue), byte.MaxValue);
        }

        return levels;
    }

    private static int Largest(ReadOnlySpan<ushort> words)
    {
        ushort largest = 0;
        foreach (ushort word in words)
            largest = Math.Max(largest, word);
        return largest;
    }

    private static ImageException NotGray(ImageDecodeOptions options, string name) => new(
        $"{name}: this is a colour picture, and {(options.Windowing is null ? "MONOCHROME1 is" : "a window is")} for gray ones. "
        + $"Leave {(options.Windowing is null ? nameof(ImageDecodeOptions.Monochrome1) : nameof(ImageDecodeOptions.Windowing))} out for it, or convert it to gray.");
}
