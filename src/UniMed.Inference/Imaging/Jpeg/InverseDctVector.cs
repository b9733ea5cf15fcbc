using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace UniMed.Inference.Imaging.Jpeg;

/// <summary>The inverse transform with a vector for each row of the block: eight columns at once, then, transposed, eight rows.</summary>
internal static class InverseDctVector
{
    /// <inheritdoc cref="InverseDct.Transform"/>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<short> quantization, Span<byte> samples, int stride)
    {
        coefficients = coefficients[..JpegComponent.BlockLength];
        quantization = quantization[..JpegComponent.BlockLength];
        Vector128<short> row0 = Vector128.Create(coefficients);
        Vector128<short> row1 = Vector128.Create(coefficients[8..]);
        Vector128<short> row2 = Vector128.Create(coefficients[16..]);
        Vector128<short> row3 = Vector128.Create(coefficients[24..]);
        Vector128<short> row4 = Vector128.Create(coefficients[32..]);
        Vector128<short> row5 = Vector128.Create(coefficients[40..]);
        Vector128<short> row6 = Vector128.Create(coefficients[48..]);
        Vector128<short> row7 = Vector128.Create(coefficients[56..]);
        bool columnsAreFlat = ((row1 | row2) | (row3 | row4) | (row5 | row6) | row7) == Vector128<short>.Zero;
        if (columnsAreFlat && (row0 & ~Vector128.CreateScalar((short)-1)) == Vector128<short>.Zero)
        {
            Fill(samples, stride, InverseDct.FlatSample(coefficients[0], quantization[0]));
            return;
        }

        row0 *= Vector128.Create(quantization);
        if (columnsAreFlat)
        {
            // Each column is one value, and the shift wraps where the whole computation would saturate.
            row0 <<= InverseDct.FirstPassBits;
            row1 = row2 = row3 = row4 = row5 = row6 = row7 = row0;
        }
        else
        {
            row1 *= Vector128.Create(quantization[8..]);
            row2 *= Vector128.Create(quantization[16..]);
            row3 *= Vector128.Create(quantization[24..]);
            row4 *= Vector128.Create(quantization[32..]);
            row5 *= Vector128.Create(quantization[40..]);
            row6 *= Vector128.Create(quantization[48..]);
            row7 *= Vector128.Create(quantization[56..]);
            Pass(ref row0, ref row1, ref row2, ref row3, ref row4, ref row5, ref row6, ref row7, InverseDct.FirstShift);
        }

        Interleave.Transpose(ref row0, ref row1, ref row2, ref row3, ref row4, ref row5, ref row6, ref row7);
        Pass(ref row0, ref row1, ref row2, ref row3, ref row4, ref row5, ref row6, ref row7, InverseDct.SecondShift);
        Store(row0, row1, row2, row3, row4, row5, row6, row7, samples, stride);
    }

    private static void Fill(Span<byte> samples, int stride, byte value)
    {
        Vector64<byte> row = Vector64.Create(value);
        for (int y = 0; y < JpegComponent.BlockSide; y++)
            row.CopyTo(samples[(y * stride)..]);
    }

    /// <summary>One pass; vectors go in as the lines of eight transforms side by side and come out as their results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector128<short> line0, ref Vector128<short> line1, ref Vector128<short> line2, ref Vector128<short> line3,
        ref Vector128<short> line4, ref Vector128<short> line5, ref Vector128<short> line6, ref Vector128<short> line7, int shift)
    {
        Vector256<int> in1 = Widen(line1), in2 = Widen(line2), in3 = Widen(line3);
        Vector256<int> in5 = Widen(line5), in6 = Widen(line6), in7 = Widen(line7);

        Vector256<int> even1 = (in2 + in6) * InverseDct.Fix0541196100;
        Vector256<int> even2 = even1 - in6 * InverseDct.Fix1847759065;
        Vector256<int> even3 = even1 + in2 * InverseDct.Fix0765366865;
        Vector256<int> rounding = Vector256.Create(1 << (shift - 1));
        Vector256<int> even0 = (Widen(line0 + line4) << InverseDct.FractionBits) + rounding;
        Vector256<int> even4 = (Widen(line0 - line4) << InverseDct.FractionBits) + rounding;
        Vector256<int> sum0 = even0 + even3;
        Vector256<int> sum3 = even0 - even3;
        Vector256<int> sum1 = even4 + even2;
        Vector256<int> sum2 = even4 - even2;

        Vector256<int> z3 = Widen(line7 + line3);
        Vector256<int> z4 = Widen(line5 + line1);
        Vector256<int> z5 = (z3 + z4) * InverseDct.Fix1175875602;
        Vector256<int> z1 = (in7 + in1) * -InverseDct.Fix0899976223;
        Vector256<int> z2 = (in5 + in3) * -InverseDct.Fix2562915447;
        z3 = z5 - z3 * InverseDct.Fix1961570560;
        z4 = z5 - z4 * InverseDct.Fix0390180644;
        Vector256<int> odd0 = in7 * InverseDct.Fix0298631336 + z1 + z3;
        Vector256<int> odd1 = in5 * InverseDct.Fix2053119869 + z2 + z4;
        Vector256<int> odd2 = in3 * InverseDct.Fix3072711026 + z2 + z3;
        Vector256<int> odd3 = in1 * InverseDct.Fix1501321110 + z1 + z4;

        line0 = Narrow((sum0 + odd3) >> shift);
        line7 = Narrow((sum0 - odd3) >> shift);
        line1 = Narrow((sum1 + odd2) >> shift);
        line6 = Narrow((sum1 - odd2) >> shift);
        line2 = Narrow((sum2 + odd1) >> shift);
        line5 = Narrow((sum2 - odd1) >> shift);
        line3 = Narrow((sum3 + odd0) >> shift);
        line4 = Narrow((sum3 - odd0) >> shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector128<short> line)
    {
        (Vector128<int> lower, Vector128<int> upper) = Vector128.Widen(line);
        return Vector256.Create(lower, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Narrow(Vector256<int> line) => Vector128.NarrowWithSaturation(line.GetLower(), line.GetUpper());

    /// <summary>Saturates columns to bytes, transposes them back to rows and stores these.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        Vector128<short> column0, Vector128<short> column1, Vector128<short> column2, Vector128<short> column3,
        Vector128<short> column4, Vector128<short> column5, Vector128<short> column6, Vector128<short> column7,
        Span<byte> samples, int stride)
    {
        Vector128<byte> columns01 = ToSamples(column0, column1);
        Vector128<byte> columns23 = ToSamples(column2, column3);
        Vector128<byte> columns45 = ToSamples(column4, column5);
        Vector128<byte> columns67 = ToSamples(column6, column7);
        Vector128<byte> columns04 = Interleave.Lower(columns01, columns45);
        Vector128<byte> columns15 = Interleave.Upper(columns01, columns45);
        Vector128<byte> columns26 = Interleave.Lower(columns23, columns67);
        Vector128<byte> columns37 = Interleave.Upper(columns23, columns67);
        StoreHalf(Interleave.Lower(columns04, columns26), Interleave.Lower(columns15, columns37), samples, stride);
        StoreHalf(Interleave.Upper(columns04, columns26), Interleave.Upper(columns15, columns37), samples[(4 * stride)..], stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ToSamples(Vector128<short> left, Vector128<short> right) =>
        Vector128.NarrowWithSaturation(left, right).AsByte() ^ Vector128.Create((byte)0x80);

    /// <summary>Stores four rows, given their samples of even and of odd columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalf(Vector128<byte> even, Vector128<byte> odd, Span<byte> samples, int stride)
    {
        Vector128<byte> rows01 = Interleave.Lower(even, odd);
        Vector128<byte> rows23 = Interleave.Upper(even, odd);
        rows01.GetLower().CopyTo(samples);
        rows01.GetUpper().CopyTo(samples[stride..]);
        rows23.GetLower().CopyTo(samples[(2 * stride)..]);
        rows23.GetUpper().CopyTo(samples[(3 * stride)..]);
    }
}
