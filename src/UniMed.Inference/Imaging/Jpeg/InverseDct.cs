using System.Runtime.Intrinsics;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The inverse cosine transform of libjpeg's "islow": integers with 13 bits of fraction, rows after columns.</summary>
/// <remarks>
/// Every JPEG decoder is free to round as it likes; this one rounds as libjpeg-turbo does on x86-64 and ARM, so that pictures get Pillow's
/// bytes. That includes what 16-bit lanes do with coefficients no encoder writes: products with the quantization table and sums wrap
/// around, results of the first pass saturate. The algorithm is by Loeffler, Ligtenberg and Moschytz (ICASSP 1989).
/// </remarks>
internal static class InverseDct
{
    /// <summary>Bits of fraction in the constants.</summary>
    public const int FractionBits = 13;

    /// <summary>Bits of fraction that the first pass leaves for the second.</summary>
    public const int FirstPassBits = 2;

    /// <summary>What the first pass shifts out.</summary>
    public const int FirstShift = FractionBits - FirstPassBits;

    /// <summary>What the second pass shifts out: the fraction, and 3 bits for the transform's factor of 8.</summary>
    public const int SecondShift = FractionBits + FirstPassBits + 3;

    public const int Fix0298631336 = 2446;
    public const int Fix0390180644 = 3196;
    public const int Fix0541196100 = 4433;
    public const int Fix0765366865 = 6270;
    public const int Fix0899976223 = 7373;
    public const int Fix1175875602 = 9633;
    public const int Fix1501321110 = 12299;
    public const int Fix1847759065 = 15137;
    public const int Fix1961570560 = 16069;
    public const int Fix2053119869 = 16819;
    public const int Fix2562915447 = 20995;
    public const int Fix3072711026 = 25172;

    /// <summary>Turns one block of coefficients into samples.</summary>
    /// <param name="coefficients">64 coefficients in natural order.</param>
    /// <param name="quantization">What they are multiplied by.</param>
    /// <param name="samples">Eight rows of eight samples, the first at the beginning.</param>
    /// <param name="stride">Bytes from row to row.</param>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> quantization, Span<byte> samples, int stride)
    {
        if (Vector128.IsHardwareAccelerated)
            InverseDctVector.Transform(coefficients, quantization, samples, stride);
        else
            InverseDctScalar.Transform(coefficients, quantization, samples, stride);
    }

    /// <summary>The sample of a block whose only coefficient is the first.</summary>
    public static byte FlatSample(short coefficient, short quantization)
    {
        short firstPass = (short)(coefficient * quantization << FirstPassBits);
        return ToSample((firstPass + (1 << (FirstPassBits + 2))) >> (FirstPassBits + 3));
    }

    /// <summary>Clamps to eight bits around zero and moves to 0..255.</summary>
    public static byte ToSample(int value) => (byte)(Math.Clamp(value, sbyte.MinValue, sbyte.MaxValue) + 128);
}
