namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The inverse transform one number at a time: what the vectors must equal, and what runs without them.</summary>
internal static class InverseDctScalar
{
    private const int Side = JpegComponent.BlockSide;

    /// <inheritdoc cref="InverseDct.Transform"/>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> quantization, Span<byte> samples, int stride)
    {
        Span<short> block = stackalloc short[JpegComponent.BlockLength];
        for (int i = 0; i < block.Length; i++)
            block[i] = (short)(coefficients[i] * quantization[i]);

        if (coefficients[Side..JpegComponent.BlockLength].ContainsAnyExcept((short)0))
        {
            for (int column = 0; column < Side; column++)
                Pass(block[column..], Side, InverseDct.FirstShift);
        }
        else
        {
            // Each column is one value, and the shift wraps where the whole computation would saturate.
            for (int i = block.Length - 1; i >= 0; i--)
                block[i] = (short)(block[i % Side] << InverseDct.FirstPassBits);
        }

        for (int row = 0; row < Side; row++)
        {
            Pass(block[(Side * row)..], 1, InverseDct.SecondShift);
            for (int column = 0; column < Side; column++)
                samples[row * stride + column] = InverseDct.ToSample(block[Side * row + column]);
        }
    }

    private static void Pass(Span<short> line, int step, int shift)
    {
        int in0 = line[0], in1 = line[step], in2 = line[2 * step], in3 = line[3 * step];
        int in4 = line[4 * step], in5 = line[5 * step], in6 = line[6 * step], in7 = line[7 * step];

        int even1 = (in2 + in6) * InverseDct.Fix0541196100;
        int even2 = even1 - in6 * InverseDct.Fix1847759065;
        int even3 = even1 + in2 * InverseDct.Fix0765366865;
        int even0 = (short)(in0 + in4) << InverseDct.FractionBits;
        int even4 = (short)(in0 - in4) << InverseDct.FractionBits;
        int sum0 = even0 + even3;
        int sum3 = even0 - even3;
        int sum1 = even4 + even2;
        int sum2 = even4 - even2;

        int z3 = (short)(in7 + in3);
        int z4 = (short)(in5 + in1);
        int z5 = (z3 + z4) * InverseDct.Fix1175875602;
        int z1 = (in7 + in1) * -InverseDct.Fix0899976223;
        int z2 = (in5 + in3) * -InverseDct.Fix2562915447;
        z3 = z5 - z3 * InverseDct.Fix1961570560;
        z4 = z5 - z4 * InverseDct.Fix0390180644;
        int odd0 = in7 * InverseDct.Fix0298631336 + z1 + z3;
        int odd1 = in5 * InverseDct.Fix2053119869 + z2 + z4;
        int odd2 = in3 * InverseDct.Fix3072711026 + z2 + z3;
        int odd3 = in1 * InverseDct.Fix1501321110 + z1 + z4;

        line[0] = Descale(sum0 + odd3, shift);
        line[7 * step] = Descale(sum0 - odd3, shift);
        line[step] = Descale(sum1 + odd2, shift);
        line[6 * step] = Descale(sum1 - odd2, shift);
        line[2 * step] = Descale(sum2 + odd1, shift);
        line[5 * step] = Descale(sum2 - odd1, shift);
        line[3 * step] = Descale(sum3 + odd0, shift);
        line[4 * step] = Descale(sum3 - odd0, shift);
    }

    private static short Descale(int value, int shift) =>
        (short)Math.Clamp((value + (1 << (shift - 1))) >> shift, short.MinValue, short.MaxValue);
}
