using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>Rows of components to rows of RGB, with libjpeg's and Pillow's roundings.</summary>
internal static class ColorConversion
{
    private const int FractionBits = 16;
    private const int Half = 1 << (FractionBits - 1);
    private const int CrToRed = 91881;
    private const int CbToGreen = -22554;
    private const int CrToGreen = -46802;
    private const int CbToBlue = 116130;

    /// <summary>Gray: each sample three times.</summary>
    public static void FromGray(ReadOnlySpan<byte> gray, Span<byte> rgb)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<byte> first = Vector128.Create((byte)0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5);
            Vector128<byte> second = Vector128.Create((byte)5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10);
            Vector128<byte> third = Vector128.Create((byte)10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15);
            for (; i <= gray.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                Vector128<byte> samples = Vector128.Create(gray[i..]);
                Span<byte> to = rgb.Slice(3 * i, 3 * Vector128<byte>.Count);
                Vector128.Shuffle(samples, first).CopyTo(to);
                Vector128.Shuffle(samples, second).CopyTo(to[16..]);
                Vector128.Shuffle(samples, third).CopyTo(to[32..]);
            }
        }

        for (; i < gray.Length; i++)
            rgb.Slice(3 * i, 3).Fill(gray[i]);
    }

    /// <summary>Components that are red, green and blue already.</summary>
    public static void FromRgb(ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue, Span<byte> rgb)
    {
        for (int i = 0, to = 0; to < rgb.Length; i++, to += 3)
        {
            rgb[to] = red[i];
            rgb[to + 1] = green[i];
            rgb[to + 2] = blue[i];
        }
    }

    /// <summary>Brightness and colour differences.</summary>
    public static void FromYCbCr(ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        int pixels = rgb.Length / 3;
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
            i = FromYCbCrVectors(y[..pixels], cb[..pixels], cr[..pixels], rgb);
        for (; i < pixels; i++)
            FromYCbCr(y[i], cb[i], cr[i], rgb.Slice(3 * i, 3));
    }

    /// <summary>Inks, inverted: what Pillow makes of a CMYK file's bytes.</summary>
    public static void FromCmyk(
        ReadOnlySpan<byte> cyan, ReadOnlySpan<byte> magenta, ReadOnlySpan<byte> yellow, ReadOnlySpan<byte> black, Span<byte> rgb)
    {
        for (int i = 0, to = 0; to < rgb.Length; i++, to += 3)
        {
            rgb[to] = Print(255 - cyan[i], black[i]);
            rgb[to + 1] = Print(255 - magenta[i], black[i]);
            rgb[to + 2] = Print(255 - yellow[i], black[i]);
        }
    }

    /// <summary>Inks whose first three are coded as brightness and colour differences.</summary>
    public static void FromYcck(
        ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, ReadOnlySpan<byte> black, Span<byte> rgb)
    {
        // libjpeg inverts the three on the way to CMYK, and Pillow inverts all four again.
        FromYCbCr(y, cb, cr, rgb);
        for (int i = 0, to = 0; to < rgb.Length; i++, to += 3)
        {
            rgb[to] = Print(rgb[to], black[i]);
            rgb[to + 1] = Print(rgb[to + 1], black[i]);
            rgb[to + 2] = Print(rgb[to + 2], black[i]);
        }
    }

    /// <summary>What is left of the light that black ink leaves, after an ink; with Pillow's division by 255.</summary>
    private static byte Print(int ink, int light)
    {
        int product = ink * light + 128;
        return (byte)(light - (((product >> 8) + product) >> 8));
    }

    private static void FromYCbCr(int y, int cb, int cr, Span<byte> rgb)
    {
        cb -= 128;
        cr -= 128;
        rgb[0] = (byte)Math.Clamp(y + ((CrToRed * cr + Half) >> FractionBits), 0, 255);
        rgb[1] = (byte)Math.Clamp(y + ((CbToGreen * cb + CrToGreen * cr + Half) >> FractionBits), 0, 255);
        rgb[2] = (byte)Math.Clamp(y + ((CbToBlue * cb + Half) >> FractionBits), 0, 255);
    }

    /// <summary>Converts eight pixels at a time, as many as can be stored with 4 bytes too many.</summary>
    /// <returns>How many pixels.</returns>
    private static int FromYCbCrVectors(ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        Vector128<byte> dropFourth = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);
        Vector256<int> half = Vector256.Create(Half);
        Vector256<int> middle = Vector256.Create(128);
        int i = 0;
        for (; i <= y.Length - 10; i += 8)
        {
            Vector256<int> brightness = Widen(y[i..]);
            Vector256<int> toBlue = Widen(cb[i..]) - middle;
            Vector256<int> toRed = Widen(cr[i..]) - middle;
            Vector256<int> red = Clamp(brightness + ((toRed * CrToRed + half) >> FractionBits));
            Vector256<int> green = Clamp(brightness + ((toBlue * CbToGreen + toRed * CrToGreen + half) >> FractionBits));
            Vector256<int> blue = Clamp(brightness + ((toBlue * CbToBlue + half) >> FractionBits));
            Vector256<byte> pixels = (red | green << 8 | blue << 16).AsByte();
            // The second store covers the 4 bytes that the first has too many, the next round those of the second.
            Vector128.Shuffle(pixels.GetLower(), dropFourth).CopyTo(rgb[(3 * i)..]);
            Vector128.Shuffle(pixels.GetUpper(), dropFourth).CopyTo(rgb[(3 * i + 12)..]);
        }

        return i;
    }

    private static Vector256<int> Widen(ReadOnlySpan<byte> samples)
    {
        ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(samples);
        Vector128<ushort> eight = Vector128.WidenLower(Vector128.CreateScalar(bytes).AsByte());
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(eight);
        return Vector256.Create(lower, upper).AsInt32();
    }

    private static Vector256<int> Clamp(Vector256<int> value) =>
        Vector256.Min(Vector256.Max(value, Vector256<int>.Zero), Vector256.Create(255));
}
